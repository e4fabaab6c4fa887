/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One store function a kind of value: each parses the words of a line into the settings, or says what is wrong. */
#ifndef CONF_STORE_H
#define CONF_STORE_H

#include <stddef.h>

struct conf_directive;
struct conf_line;
struct conf_map;
struct conf_prefix;
struct conf_prefix4;
struct conf_prefix6;
struct conf_report;
struct conf_settings;

/* Parse a word of the line as a prefix without host bits. 0, or -1 with a message that quotes it. */
int conf_line_prefix4(const char *word, struct conf_prefix4 *prefix, const struct conf_line *line,
		      struct conf_report *report);
int conf_line_prefix(const char *word, struct conf_prefix *prefix, const struct conf_line *line,
		     struct conf_report *report);
int conf_line_prefix6(const char *word, struct conf_prefix6 *prefix, const struct conf_line *line,
		      struct conf_report *report);

/* Append the prefix that the word is to a list. 0, or -1 with a message. */
int conf_line_append_prefix6(struct conf_prefix6 **list, size_t *count, const char *word, const struct conf_line *line,
			     struct conf_report *report);

typedef int conf_store(const struct conf_directive *, struct conf_settings *, const struct conf_line *,
		       struct conf_report *);

/* Values at directive->offset. */
conf_store conf_store_boolean, conf_store_number, conf_store_interface, conf_store_path, conf_store_user;
conf_store conf_store_address4, conf_store_address6;

/* Values with a list or a meaning of their own. */
conf_store conf_store_networks, conf_store_prefix, conf_store_dynamic_pool, conf_store_map, conf_store_udp_checksum,
	conf_store_fast_path;
conf_store conf_store_advertise_prefix;

/* "map V4[/L] V6[/L]" of a settings' file or a map-file: words[1] and words[2]. Bits beyond a length are cut off with a notice. 0, or -1
 * with a message in the report. */
int conf_map_parse(struct conf_map *map, const struct conf_line *line, struct conf_report *notices,
		   struct conf_report *report);

#endif
