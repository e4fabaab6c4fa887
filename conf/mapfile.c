/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The map-file of TAYGA: the same lines as in tayga.conf, of which there is one kind, "map V4[/L] V6[/L]".
 *
 * It is read with the settings, and again with each reload. A program writes it more often than a person, so that one bad line
 * costs that line alone; but all of the file counts at once, and a file that cannot be read changes nothing.
 *
 * Who wins: the settings over the file (prefix, pool, the translator's own addresses, their maps), and in the file the later line.
 * A later line takes the place of the lines before it that have one of its networks. Networks that overlap go side by side: the longer
 * one counts (RFC 7757 section 3.3), where TAYGA takes IPv6 networks that overlap as a contradiction.
 */
#include "conf/mapfile.h"

#include "conf/lines.h"
#include "conf/named.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/store.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct parsing {
	struct conf_mapfile *file;
	struct conf_report *notices;
};

bool conf_maps_contradict(const struct conf_map *a, const struct conf_map *b)
{
	return conf_prefix4_equals(&a->v4, &b->v4) || conf_prefix6_equals(&a->v6, &b->v6);
}

static bool same(const struct conf_map *a, const struct conf_map *b)
{
	return conf_prefix4_equals(&a->v4, &b->v4) && conf_prefix6_equals(&a->v6, &b->v6);
}

/* Take out what the map contradicts. True when the very map is there already, which then stays. */
static bool earlier_remove(struct parsing *parsing, const struct conf_map *map, const struct conf_line *line)
{
	struct conf_mapfile *file = parsing->file;
	size_t kept = 0;

	for (size_t i = 0; i < file->count; i++) {
		struct conf_mapfile_entry entry = file->entries[i];

		if (same(&entry.map, map))
			return true;
		if (conf_maps_contradict(&entry.map, map))
			conf_report_add_at(parsing->notices, line->file, entry.line,
					   "the map is ignored: line %u has the same network", line->number);
		else
			file->entries[kept++] = entry;
	}
	file->count = kept;
	return false;
}

static void line_parse(void *context, const struct conf_line *line, struct conf_report *report)
{
	struct parsing *parsing = context;
	struct conf_mapfile_entry entry = {.line = line->number};

	if (strcasecmp(line->words[0], "map") != 0)
		conf_report_add_at(parsing->notices, line->file, line->number,
				   "\"%s\" is ignored: a map-file has only lines of the form map V4[/L] V6[/L]",
				   line->words[0]);
	else if (line->count != 3)
		conf_report_add_at(parsing->notices, line->file, line->number,
				   "map has %zu arguments: write map V4[/L] V6[/L]; the line is ignored", line->count - 1);
	else if (conf_map_parse(&entry.map, line, parsing->notices, parsing->notices) == 0 &&
		 !earlier_remove(parsing, &entry.map, line) &&
		 !conf_list_add(&parsing->file->entries, &parsing->file->count, &entry, sizeof(entry)))
		conf_report_add(report, "%s: out of memory", line->file);
}

int conf_mapfile_parse(struct conf_mapfile *file, const char *name, FILE *stream, struct conf_report *notices,
		       struct conf_report *report)
{
	struct parsing parsing = {.file = file, .notices = notices};
	size_t before = report->count;

	*file = (struct conf_mapfile){0};
	conf_lines_read(stream, name, line_parse, &parsing, report);
	if (report->count == before)
		return 0;
	conf_mapfile_clear(file);
	return -1;
}

void conf_mapfile_clear(struct conf_mapfile *file)
{
	free(file->entries);
	*file = (struct conf_mapfile){0};
}

const char *conf_map_contradiction(const struct conf_settings *settings, const struct conf_map *map,
				   char text[CONF_MAP_CONTRADICTION_TEXT])
{
	char prefix[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_overlaps(&settings->common.prefixes[i].prefix, &map->v6)) {
			conf_prefix6_print(&settings->common.prefixes[i].prefix, prefix);
			snprintf(text, CONF_MAP_CONTRADICTION_TEXT, "overlaps the prefix %s", prefix);
			return text;
		}
	if (settings->common.prefix_count > 0 && map->v4.length == 0)
		return "is all of IPv4, which the prefix stands for";
	if (map->v4.length == 32 && map->v4.address.s_addr == settings->translation.ipv4_address.s_addr)
		return "is the translator's own address, ipv4-addr";
	if (map->v4.length == 32 && map->v4.address.s_addr == settings->translation.device_address.s_addr)
		return "is the kernel's own address on the device, device-address";
	if (conf_prefix6_contains(&map->v6, &settings->translation.ipv6_address))
		return "contains the translator's own address, ipv6-addr";
	if (settings->translation.has_dynamic_pool && conf_prefix4_equals(&map->v4, &settings->translation.dynamic_pool))
		return "is the whole dynamic-pool";
	return NULL;
}

/* Why a map of the file cannot be beside the settings' own; NULL when it can. */
static const char *contradiction(const struct conf_settings *settings, size_t own, const struct conf_map *map,
				 char text[CONF_MAP_CONTRADICTION_TEXT])
{
	for (size_t i = 0; i < own; i++)
		if (conf_maps_contradict(&settings->translation.maps[i], map) && !same(&settings->translation.maps[i], map))
			return "contradicts a map of the settings";
	return conf_map_contradiction(settings, map, text);
}

static bool is_own(const struct conf_settings *settings, size_t own, const struct conf_map *map)
{
	for (size_t i = 0; i < own; i++)
		if (same(&settings->translation.maps[i], map))
			return true;
	return false;
}

static int entries_add(struct conf_settings *settings, const struct conf_mapfile *file, struct conf_report *report)
{
	size_t own = settings->translation.map_count;
	char text[CONF_MAP_CONTRADICTION_TEXT], v4[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < file->count; i++) {
		const struct conf_map *map = &file->entries[i].map;
		const char *why = contradiction(settings, own, map, text);

		if (why)
			conf_report_add_at(&settings->notices, settings->translation.map_file, file->entries[i].line,
					   "map %s %s: it is ignored", conf_prefix4_print(&map->v4, v4), why);
		if (why || is_own(settings, own, map))
			continue;
		if (!conf_list_add(&settings->translation.maps, &settings->translation.map_count, map, sizeof(*map)))
			return conf_report_add(report, "%s: out of memory", settings->translation.map_file);
	}
	return 0;
}

/* A relative path begins in data-dir. */
static int path_complete(struct conf_settings *settings, struct conf_report *report)
{
	char *path = NULL;

	if (settings->translation.map_file[0] == '/')
		return 0;
	if (!conf_settings_has(settings, "data-dir"))
		return conf_report_add(report,
				       "%s: map-file \"%s\" is a relative path without a data-dir: write a path that begins with /, "
				       "or add a data-dir",
				       settings->file, settings->translation.map_file);
	if (asprintf(&path, "%s/%s", settings->node.data_dir, settings->translation.map_file) < 0)
		return conf_report_add(report, "%s: out of memory", settings->file);
	free(settings->translation.map_file);
	settings->translation.map_file = path;
	return 0;
}

int conf_mapfile_load(struct conf_settings *settings, struct conf_report *report)
{
	struct conf_mapfile file = {0};
	const char *why;
	FILE *stream;
	int result;

	if (!settings->translation.map_file)
		return 0;
	if (path_complete(settings, report) < 0)
		return -1;
	stream = conf_named_open(settings->translation.map_file, &why);
	if (!stream)
		return conf_report_add(
			report, "%s: cannot be opened: %s; create it (it may be empty), or remove the line map-file",
			settings->translation.map_file, why);
	result = conf_mapfile_parse(&file, settings->translation.map_file, stream, &settings->notices, report);
	fclose(stream);
	if (result == 0)
		result = entries_add(settings, &file, report);
	conf_mapfile_clear(&file);
	return result;
}
