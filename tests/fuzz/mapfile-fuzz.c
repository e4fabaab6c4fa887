/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map-file of any octets.
 *
 * It is refused as a whole when it is no text of short lines, with a reason. Otherwise what it holds is two prefixes each that are right by themselves, none of them contradicts another,
 * and what they say, written down, is read again as the very same without a notice.
 */
#include "conf/mapfile.h"
#include "conf/report.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 16384

static void demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n", what);
	abort();
}

static void report_check(const struct conf_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		demand(!strchr(report->lines[i], '\n'), "one line for each message");
}

/* False: refused, and nothing is held. */
static bool file_read(struct conf_mapfile *file, const void *text, size_t size, struct conf_report *notices)
{
	FILE *stream = size ? fmemopen((void *)(uintptr_t)text, size, "r") : fopen("/dev/null", "re");
	struct conf_report report = {0};
	int failed;

	demand(stream != NULL, "a stream");
	failed = conf_mapfile_parse(file, "map-file", stream, notices, &report);
	demand(failed ? report.count > 0 && file->count == 0 : report.count == 0,
	       "a reason for what is refused, and none otherwise");
	report_check(notices);
	report_check(&report);
	conf_report_clear(&report);
	fclose(stream);
	return !failed;
}

/* No bit is set behind the length. */
static void prefixes_check(const struct conf_map *map)
{
	demand(map->v4.length <= 32 && map->v6.length <= 128, "lengths that there are");
	for (unsigned bit = map->v4.length; bit < 32; bit++)
		demand(!(ntohl(map->v4.address.s_addr) >> (31 - bit) & 1), "an IPv4 network");
	for (unsigned bit = map->v6.length; bit < 128; bit++)
		demand(!(map->v6.address.s6_addr[bit / 8] >> (7 - bit % 8) & 1), "an IPv6 network");
}

static void entries_check(const struct conf_mapfile *file)
{
	for (size_t i = 0; i < file->count; i++) {
		prefixes_check(&file->entries[i].map);
		demand(i == 0 || file->entries[i].line > file->entries[i - 1].line, "the order of the file");
		for (size_t j = 0; j < i; j++)
			demand(!conf_maps_contradict(&file->entries[i].map, &file->entries[j].map),
			       "maps that do not contradict");
	}
}

static void again(const struct conf_mapfile *file)
{
	char v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT], *text = NULL;
	struct conf_report notices = {0};
	struct conf_mapfile other;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	demand(stream != NULL, "a stream");
	for (size_t i = 0; i < file->count; i++)
		fprintf(stream, "map %s %s\n", conf_prefix4_print(&file->entries[i].map.v4, v4),
			conf_prefix6_print(&file->entries[i].map.v6, v6));
	fclose(stream);
	demand(file_read(&other, text, length, &notices) && notices.count == 0 && other.count == file->count,
	       "all maps again");
	for (size_t i = 0; i < other.count; i++)
		demand(conf_maps_contradict(&file->entries[i].map, &other.entries[i].map), "the same maps");
	conf_mapfile_clear(&other);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_report notices = {0};
	struct conf_mapfile file;

	if (size > TEXT_MAX)
		return 0;
	if (file_read(&file, data, size, &notices)) {
		entries_check(&file);
		again(&file);
	}
	conf_mapfile_clear(&file);
	conf_report_clear(&notices);
	return 0;
}
