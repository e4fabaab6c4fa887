/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map-file: explicit address mappings that are read anew while the translator runs. */
#ifndef CONF_MAPFILE_H
#define CONF_MAPFILE_H

#include "conf/entries.h"

#include <stdio.h>

struct conf_report;
struct conf_settings;

struct conf_mapfile_entry {
	struct conf_map map;
	unsigned line;
};

struct conf_mapfile {
	struct conf_mapfile_entry *entries; /* in the order of the file; none contradicts another */
	size_t count;
};

/* The entries of a stream; name stands for it in messages. A line that is wrong is left out, and one that a later line
 * contradicts: notices say so. 0, or -1 with a message in the report when the stream cannot be read or memory is out. */
int conf_mapfile_parse(struct conf_mapfile *file, const char *name, FILE *stream, struct conf_report *notices,
		       struct conf_report *report);
void conf_mapfile_clear(struct conf_mapfile *file);

/* Add the entries of settings->translation.map_file, when there is one, to settings->translation.maps, which come first: an entry that contradicts the
 * settings is left out, and settings->notices say so. settings are complete otherwise. 0, or -1 with a message. */
int conf_mapfile_load(struct conf_settings *settings, struct conf_report *report);

/* True when two maps cannot both be: one side of both is the same network. Those that overlap can. */
bool conf_maps_contradict(const struct conf_map *a, const struct conf_map *b);

/* What in the settings, but for other maps, a map contradicts, as the end of a sentence: "overlaps the prefix fd64::/96".
 * NULL when nothing. The text is in the buffer. */
#define CONF_MAP_CONTRADICTION_TEXT (CONF_PREFIX_TEXT + 48)
const char *conf_map_contradiction(const struct conf_settings *settings, const struct conf_map *map,
				   char text[CONF_MAP_CONTRADICTION_TEXT]);

#endif
