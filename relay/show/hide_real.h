/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients may read of texts for the administrator: without the real suffixes. */
#ifndef RELAY_SHOW_HIDE_REAL_H
#define RELAY_SHOW_HIDE_REAL_H

#include <jansson.h>

struct conf_settings;

/* The text with the split domain in the place of each real suffix, "my-vps.9929" for "my-vps.tail1234.ts.net". To be freed; NULL: out of memory. */
char *relay_hide_real_text(const struct conf_settings *settings, const char *text);

/* The same for each text in the value, in place; the names of members stay. What cannot be changed is taken away. */
void relay_hide_real_json(const struct conf_settings *settings, json_t *value);

#endif
