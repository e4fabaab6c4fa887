/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe HOST|ADDRESS...: each word is a host that clients reach through the relay, by name or by address. */
#include "conf/check.h"

#include "conf/store.h"
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 8 };

/* A name that ends in a number is one too: my-vps.9929. */
static bool looks_like_address(const char *word)
{
	return strchr(word, ':') || word[strspn(word, "0123456789.")] == '\0';
}

static int probe_append(const char *word, struct conf_settings *settings, const struct conf_line *line,
			struct conf_report *report)
{
	struct conf_probe parsed = {.line = line->number};

	if (settings->node.probe_count >= PROBES_MAX)
		return CONF_REFUSE("\"%s\" is one probe too many: the limit is %d hosts", word, PROBES_MAX);
	parsed.is_address = conf_address_parse(word, &parsed.address) == 0;
	parsed.text = parsed.is_address ? strdup(word) : looks_like_address(word) ? NULL : conf_domain_parse(word);
	if (!parsed.text)
		return CONF_REFUSE("\"%s\" cannot be probed: write the name of a host in a split domain, such as "
				   "my-vps.9929, or an address",
				   word);
	if (conf_line_append(&settings->node.probes, &settings->node.probe_count, &parsed, sizeof(parsed), line, report) == 0)
		return 0;
	free(parsed.text);
	return -1;
}

int conf_store_probe(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	for (size_t i = 1; i < line->count; i++)
		if (probe_append(line->words[i], settings, line, report) != 0)
			return -1;
	return 0;
}

void conf_clear_probes(const struct conf_directive *directive, struct conf_settings *settings)
{
	(void)directive;
	for (size_t i = 0; i < settings->node.probe_count; i++)
		free(settings->node.probes[i].text);
	free(settings->node.probes);
}

static bool is_answered_here(const struct conf_settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (conf_domain_is_within(name, settings->dns.split_domains[i].split))
			return true;
	return settings->dns.dns64.on;
}

void conf_probe_check(const struct conf_settings *settings, struct conf_report *report)
{
	for (size_t i = 0; i < settings->node.probe_count; i++) {
		const struct conf_probe *probe = &settings->node.probes[i];

		if (!probe->is_address && !is_answered_here(settings, probe->text))
			conf_report_add_at(report, settings->file, probe->line,
					   "probe %s: the name is in no split domain: write a name such as my-vps.9929",
					   probe->text);
	}
}
