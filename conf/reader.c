/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading relay.conf.
 *
 * Every line (conf/lines.c) is stored by its row of the directive table, and every error reported before the file is refused. Then the rows complete what the
 * file left out, conf/mapfile.c adds the maps of a map-file, conf/own.c chooses addresses beside them, and conf/check.c looks at the whole.
 */
#include "conf/reader.h"

#include "conf/check.h"
#include "conf/directive.h"
#include "conf/mapfile.h"
#include "conf/named.h"
#include "conf/value.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void report_unknown(const struct conf_line *line, struct conf_report *report)
{
	struct conf_nearest search = {.word = line->words[0]};

	for (size_t i = 0; i < conf_directive_count; i++)
		conf_nearest_offer(&search, conf_directives[i].keyword);
	conf_report_add_at(report, line->file, line->number, "unknown directive \"%s\": %s%s%s", line->words[0],
			   search.nearest ? "did you mean " : "relay.conf(5) lists all directives",
			   search.nearest ? search.nearest : "", search.nearest ? "?" : "");
}

/* A line that may stand. */
static void settings_store(struct conf_settings *settings, const struct conf_directive *directive,
			   struct conf_line line, struct conf_report *report)
{
	unsigned first = settings->lines[directive - conf_directives];

	line.directive = directive;
	if (directive->store(settings, &line, report) == 0 && first && directive->repeat == CONF_LAST)
		conf_report_add_at(&settings->notices, line.file, line.number,
				   "%s is on line %u too: this line counts; remove one of them", directive->keyword,
				   first);
}

static void settings_take_line(void *context, const struct conf_line *line, struct conf_report *report)
{
	struct conf_settings *settings = context;
	const struct conf_directive *directive = conf_directive_find(line->words[0]);
	if (!directive) {
		report_unknown(line, report);
		return;
	}
	unsigned *first = &settings->lines[directive - conf_directives];
	size_t arguments = line->count - 1;
	if (*first && directive->repeat == CONF_ONCE)
		conf_report_add_at(report, line->file, line->number, "repeated directive \"%s\": it is on line %u too",
				   directive->keyword, *first);
	else if (arguments < directive->min_arguments || arguments > directive->max_arguments)
		conf_report_add_at(report, line->file, line->number, "%s has %zu arguments: write %s %s",
				   directive->keyword, arguments, directive->keyword, directive->arguments);
	else
		settings_store(settings, directive, *line, report);
	if (!*first)
		*first = line->number;
}

/* Store a default as if the file had its line. The table's own words are right: what fails is memory. */
static bool initial_store(struct conf_settings *settings, const struct conf_directive *directive)
{
	char *words[] = {(char *)(uintptr_t)directive->keyword, (char *)(uintptr_t)directive->initial};
	const struct conf_line line = {.file = settings->file, .words = words, .count = 2, .directive = directive};

	return directive->store(settings, &line, CONF_REPORT_DISCARD) == 0;
}

/* Fill in what the file left out. False: out of memory. */
static bool settings_complete(struct conf_settings *settings)
{
	for (size_t i = 0; i < conf_directive_count; i++) {
		const struct conf_directive *directive = &conf_directives[i];

		if (directive->initial && settings->lines[i] == 0 && !initial_store(settings, directive))
			return false;
		if (directive->complete && !directive->complete(settings))
			return false;
	}
	return true;
}

static struct conf_settings *settings_new(const char *name)
{
	struct conf_settings *settings = calloc(1, sizeof(*settings));
	if (!settings)
		return NULL;
	settings->file = strdup(name);
	settings->lines = calloc(conf_directive_count, sizeof(*settings->lines));
	if (!settings->file || !settings->lines) {
		conf_settings_free(settings);
		return NULL;
	}
	return settings;
}

static struct conf_settings *settings_read_stream(const char *name, FILE *stream, const struct conf_tailnet *tailnet,
						  struct conf_report *report)
{
	size_t before = report->count;
	struct conf_settings *settings = settings_new(name);
	if (!settings) {
		conf_report_add(report, "%s: out of memory", name);
		return NULL;
	}
	if (tailnet)
		settings->node.tailnet = *tailnet;
	conf_lines_read(stream, settings->file, settings_take_line, settings, report);
	if (report->count == before && !settings_complete(settings))
		conf_report_add(report, "%s: out of memory", name);
	if (report->count == before)
		conf_mapfile_load(settings, report);
	if (report->count == before && !conf_own_complete(settings))
		conf_report_add(report, "%s: out of memory", name);
	if (report->count == before)
		conf_check(settings, report);
	if (report->count == before) {
		conf_tayga_check(settings);
		conf_advertised_note(settings);
		return settings;
	}
	conf_settings_free(settings);
	return NULL;
}

struct conf_settings *conf_settings_read_as(const char *path, const struct conf_tailnet *tailnet, struct conf_report *report)
{
	const char *why;
	FILE *stream = conf_named_open(path, &why);
	if (!stream) {
		conf_report_add(report, "%s: cannot be opened: %s%s", path, why,
				errno == ENOENT ? " (nat64-relay init --split-domain NAME writes one)" : "");
		return NULL;
	}
	struct conf_settings *settings = settings_read_stream(path, stream, tailnet, report);
	fclose(stream);
	return settings;
}

struct conf_settings *conf_settings_read(const char *path, struct conf_report *report)
{
	return conf_settings_read_as(path, NULL, report);
}

struct conf_settings *conf_settings_parse(const char *name, const char *text, size_t length, struct conf_report *report)
{
	FILE *stream = length ? fmemopen((void *)(uintptr_t)text, length, "r") : fopen("/dev/null", "re");
	if (!stream) {
		conf_report_add(report, "%s: out of memory", name);
		return NULL;
	}
	struct conf_settings *settings = settings_read_stream(name, stream, NULL, report);
	fclose(stream);
	return settings;
}

void conf_settings_free(struct conf_settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < conf_directive_count; i++)
		if (conf_directives[i].clear)
			conf_directives[i].clear(&conf_directives[i], settings);
	conf_report_clear(&settings->notices);
	free(settings->lines);
	free(settings->file);
	free(settings);
}
