// SPDX-License-Identifier: GPL-2.0-or-later
// Does Unbound have anything to read again? A reload ends the look-ups that are under way, and whoever waits for one asks again after seconds;
// so it is not done for a change that concerns the translator or the routes alone, nor for none.
//
// Unbound reads RUNTIME_DIR/unbound.conf, and the module the copies of relay.conf and of the maps beside it. Own lines may name further files,
// which nobody compares: with own lines Unbound always reads again.
#include "relay/reload.h"

#include "conf/directive.h"
#include "conf/lines.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/apply/before.h"
#include "relay/apply/unbound_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// What conf/reach.c reads for the module: addresses that are never answered, and clients that are forwarded.
static const char *const reached[] = {"dynamic-pool", "map", "map-file", "ipv4-addr", "device-address", "allow-source"};

static bool line_concerns_dns(const char *keyword)
{
	const struct conf_directive *directive = conf_directive_find(keyword);

	for (size_t i = 0; i < sizeof(reached) / sizeof(reached[0]); i++)
		if (strcasecmp(keyword, reached[i]) == 0)
			return true;
	return directive == NULL || (directive->components & CONF_DNS) != 0;
}

static void line_write(void *context, const struct conf_line *line, struct conf_report *report)
{
	(void)report;
	if (!line_concerns_dns(line->words[0]))
		return;
	for (size_t i = 0; i < line->count; i++)
		fprintf(context, "%s ", line->words[i]);
	fputc('\n', context);
}

// The words of the lines that concern DNS; free() them. NULL without memory.
static char *words_make(const struct relay_before_file *file)
{
	struct conf_report quiet = {0};
	char *words = NULL;
	size_t length;
	FILE *from = fmemopen(file->text, file->length, "r"), *to = open_memstream(&words, &length);

	if (from != NULL && to != NULL)
		conf_lines_read(from, file->name, line_write, to, &quiet);
	if (from != NULL)
		fclose(from);
	if (to != NULL)
		fclose(to);
	conf_report_clear(&quiet);
	if (from != NULL)
		return words;
	free(words);
	return NULL;
}

static bool words_are_equal(const struct relay_before_file *before, const struct relay_before_file *now)
{
	char *old = words_make(before), *new = words_make(now);
	bool equal = old != NULL && new != NULL && strcmp(old, new) == 0;

	free(old);
	free(new);
	return equal;
}

static bool octets_are_equal(const struct relay_before_file *before, const struct relay_before_file *now)
{
	return before->length == now->length && memcmp(before->text, now->text, now->length) == 0;
}

static bool file_is_as_before(const struct relay_before_file *before, const struct relay_before_file *now)
{
	if (before->text == NULL || now->text == NULL)
		return false;
	if (octets_are_equal(before, now))
		return memmem(now->text, now->length, RELAY_UNBOUND_OWN, strlen(RELAY_UNBOUND_OWN)) == NULL;
	return strcmp(now->name, "relay.conf") == 0 && words_are_equal(before, now);
}

bool relay_reload_concerns_resolver(const struct relay_before *before, const struct conf_settings *settings)
{
	bool same = true;

	for (size_t i = 0; same && i < RELAY_BEFORE_FILES; i++) {
		struct relay_before_file now = {.name = relay_before_names[i]};
		struct conf_report quiet = {0};

		same = relay_before_file_take(settings, &now, "", &quiet) == 0 && file_is_as_before(&before->files[i], &now);
		free(now.text);
		conf_report_clear(&quiet);
	}
	return !same;
}
