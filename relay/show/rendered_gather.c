/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What settings mean, in lines: those of the file itself, spaces and comments apart, by who reads them; and what up makes of them,
 * by the very lists that up works by: the kernel's items, the rules, the advertised routes, and the resolver's unbound.conf.
 */
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/items.h"
#include "nat64/control/control.h"
#include "nftables/batch.h"
#include "nftables/canon.h"
#include "relay/apply/resolved_auto.h"
#include "relay/show/rendered.h"
#include "unbound/conf.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_ROOM = 4096 };

static enum relay_topic topic_of(const struct conf_directive *directive)
{
	if (directive->components == (CONF_DNS | CONF_TRANSLATOR | CONF_NODE))
		return RELAY_RELAY;
	return directive->components & CONF_DNS        ? RELAY_DNS :
	       directive->components & CONF_TRANSLATOR ? RELAY_TRANSLATION :
							 RELAY_NODE;
}

/* A directive that may stand once is its name; one that may be repeated is the whole line. */
static void line_render(void *context, const struct conf_line *line, struct conf_report *report)
{
	const struct conf_directive *directive = conf_directive_find(line->words[0]);
	char text[LINE_ROOM];
	size_t length;

	(void)report;
	if (!directive || strcmp(directive->keyword, "map-file") == 0) /* what it holds is among the maps */
		return;
	length = (size_t)snprintf(text, sizeof(text), "%s", directive->keyword);
	for (size_t i = 1; i < line->count && length < sizeof(text); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, " %s", line->words[i]);
	relay_rendered_print(context, topic_of(directive), text,
			     directive->repeat == CONF_REPEATABLE ? strlen(text) : strlen(directive->keyword));
}

static int file_render(FILE *stream, const struct conf_settings *settings, struct conf_report *report)
{
	char *words;
	FILE *file = relay_auto_open(settings, &words);

	if (file) {
		conf_lines_read(file, settings->file, line_render, stream, report);
		fclose(file);
	} else {
		conf_report_add(report, "cannot read %s: %s", settings->file, strerror(errno));
	}
	free(words);
	return file ? 0 : -1;
}

static int kernel_render(FILE *stream, const struct conf_settings *settings, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", NULL};
	struct kernel_items items;
	int result = kernel_items_build(&items, settings, &sysctls, report);

	for (size_t i = 0; result == 0 && i < items.count; i++)
		relay_rendered_print(stream, RELAY_KERNEL, items.items[i].what, strlen(items.items[i].what));
	kernel_items_clear(&items);
	return result;
}

/* A rule's name is its chain and what it is for; the expressions behind them are its value. */
static int rules_render(FILE *stream, const struct conf_settings *settings, struct conf_report *report)
{
	struct nftables_batch batch = {.buffer = NULL};
	struct nftables_canon canon = {.count = 0};
	int result;

	nftables_batch_replace(&batch, settings);
	result = nftables_canon_add_batch(&canon, &batch) < 0 || canon.failed ? -1 : 0;
	if (result < 0)
		conf_report_add(report, "out of memory while building the ruleset");
	for (size_t i = 0; result == 0 && i < canon.count; i++) {
		const char *text = canon.lines[i].text, *expressions = strstr(text, " [ ");

		relay_rendered_print(stream, RELAY_RULES, text, expressions ? (size_t)(expressions - text) : strlen(text));
	}
	nftables_canon_clear(&canon);
	nftables_batch_clear(&batch);
	return result;
}

static void routes_render(FILE *stream, const struct conf_settings *settings)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; !settings->node.advertise_none && i < settings->node.advertised_count; i++) {
		conf_prefix_print(&settings->node.advertised[i], text);
		relay_rendered_print(stream, RELAY_ROUTES, text, strlen(text));
	}
}

/* What Unbound reads; comments, and what follows the place of the settings, are no difference. */
static int resolver_render(FILE *stream, const struct conf_settings *settings, struct conf_report *report)
{
	char *text = NULL, *next = NULL, prefixed[LINE_ROOM];
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	int result = file ? 0 : -1;

	if (settings->dns.edge_address_count > 0 && result == 0)
		result = unboundconf_conf_write(settings, file, report);
	if (file)
		fclose(file);
	for (char *line = result == 0 && text ? strtok_r(text, "\n", &next) : NULL; line;
	     line = strtok_r(NULL, "\n", &next)) {
		line += strspn(line, " \t");
		if (*line == '#')
			continue;
		snprintf(prefixed, sizeof(prefixed), RELAY_RENDERED_GENERATED "%s", line);
		relay_rendered_print(stream, RELAY_DNS, prefixed, strlen(prefixed));
	}
	free(text);
	return result;
}

static void map_print(FILE *stream, const struct conf_prefix4 *v4, const struct conf_prefix6 *v6)
{
	char from[CONF_PREFIX_TEXT], to[CONF_PREFIX_TEXT], text[2 * CONF_PREFIX_TEXT + 8];

	conf_prefix4_print(v4, from);
	snprintf(text, sizeof(text), "%s %s", from, conf_prefix6_print(v6, to));
	relay_rendered_print(stream, RELAY_MAPS, text, strlen(from));
}

/* The settings in force name a map-file only; what stood in it then, the translator alone knows. */
static void maps_render(FILE *stream, const struct conf_settings *settings, bool is_active)
{
	struct conf_prefix4 v4;
	struct conf_prefix6 v6;
	json_t *reply = NULL, *map;
	size_t i;

	if (!is_active || nat64_control_ask(settings->node.runtime_dir, "maps", &reply, CONF_REPORT_DISCARD) != 0)
		for (i = 0; i < settings->translation.map_count; i++)
			map_print(stream, &settings->translation.maps[i].v4, &settings->translation.maps[i].v6);
	json_array_foreach(json_object_get(reply, "maps"), i, map) {
		const char *from = json_string_value(json_object_get(map, "ipv4")),
			   *to = json_string_value(json_object_get(map, "ipv6"));

		if (from && to && conf_prefix4_parse(from, &v4) == 0 && conf_prefix6_parse(to, &v6) == 0)
			map_print(stream, &v4, &v6);
	}
	json_decref(reply);
}

static int all_render(FILE *stream, const struct conf_settings *settings, struct conf_report *report)
{
	routes_render(stream, settings);
	return file_render(stream, settings, report) == 0 && kernel_render(stream, settings, report) == 0 &&
			       rules_render(stream, settings, report) == 0 &&
			       resolver_render(stream, settings, report) == 0 ?
		       0 :
		       -1;
}

char *relay_rendered_make(const struct conf_settings *settings, bool is_active, struct conf_report *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int result = stream ? all_render(stream, settings, report) : -1;

	if (result == 0)
		maps_render(stream, settings, is_active);
	if (!stream || (fclose(stream) != 0 && result == 0))
		result = conf_report_add(report, "out of memory");
	if (result == 0)
		return text;
	free(text);
	return NULL;
}
