/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does Unbound have anything to read again? A reload ends the look-ups that are under way, and a client that waits for one asks again after seconds;
 * so there is none after a change of the translator or of the routes alone, nor without a change.
 *
 * Unbound reads unbound.conf of the active generation, and the module relay.conf and the maps beside it. Own lines may name further files,
 * which nobody compares: with own lines Unbound always reads again.
 */
#include "relay/apply/reload_resolver.h"

#include "conf/directive.h"
#include "conf/lines.h"
#include "conf/report.h"
#include "relay/apply/unbound_file.h"
#include "relay/host/generation.h"

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
	return !directive || (directive->components & CONF_DNS) != 0;
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
static char *words_make(char *text)
{
	char *words = NULL;
	size_t length;
	FILE *from = fmemopen(text, strlen(text), "r"), *to = open_memstream(&words, &length);

	if (from && to)
		conf_lines_read(from, RELAY_GENERATION_SETTINGS, line_write, to, CONF_REPORT_DISCARD);
	if (from)
		fclose(from);
	if (to)
		fclose(to);
	return words;
}

static bool words_are_equal(char *before, char *now)
{
	char *old = words_make(before), *new = words_make(now);
	bool equal = old && new &&strcmp(old, new) == 0;

	free(old);
	free(new);
	return equal;
}

// The whole text of a file of a generation; free() it. NULL when it cannot be read.
static char *text_read(const char *runtime_dir, const char *link, const char *name)
{
	char *path = relay_generation_path(runtime_dir, link, name), *text = NULL;
	FILE *stream = path ? fopen(path, "re") : NULL;
	size_t room = 0;

	if (stream && getdelim(&text, &room, '\0', stream) < 0 && feof(stream) && text)
		*text = '\0';
	if (stream)
		fclose(stream);
	free(path);
	return text;
}

static bool file_concerns(const char *runtime_dir, const char *name)
{
	char *before = text_read(runtime_dir, RELAY_GENERATION_PREVIOUS, name),
	     *now = text_read(runtime_dir, RELAY_GENERATION_CURRENT, name);
	bool concerns = !before || !now;

	if (!concerns && strcmp(before, now) == 0)
		concerns = strstr(now, RELAY_UNBOUND_OWN);
	else if (!concerns)
		concerns = strcmp(name, RELAY_GENERATION_SETTINGS) != 0 || !words_are_equal(before, now);
	free(before);
	free(now);
	return concerns;
}

bool relay_reload_concerns_resolver(const char *runtime_dir)
{
	return file_concerns(runtime_dir, RELAY_GENERATION_SETTINGS) ||
	       file_concerns(runtime_dir, RELAY_GENERATION_MAPS) || file_concerns(runtime_dir, RELAY_GENERATION_UNBOUND);
}
