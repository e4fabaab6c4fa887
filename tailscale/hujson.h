/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HuJSON, in which people write policies: JSON with comments and trailing commas. */
#ifndef TAILSCALE_HUJSON_H
#define TAILSCALE_HUJSON_H

#include <jansson.h>

/* The value of a HuJSON text; NULL: it is none, with the reason and its line in `error`. */
json_t *tailscale_hujson_load(const char *text, json_error_t *error);

/* A member of an object, whatever case its name has, as Tailscale reads policies; NULL. */
json_t *tailscale_hujson_member(const json_t *object, const char *name);

/*
 * The text with `insertion` (whole lines, each element followed by a comma) put at the end of the array `name` of its outermost object, which is made at the end of
 * the object when there is none. Everything else, comments too, stays octet for octet. NULL: the text is no object, the member no array, or out of memory. The
 * caller frees.
 */
char *tailscale_hujson_append(const char *text, const char *name, const char *insertion);

/*
 * The text without the line that has this value and at most a comma and a comment; as it is when it lacks the value. NULL: the value is in it twice, or in a line with others, or
 * out of memory. The caller frees.
 */
char *tailscale_hujson_cut(const char *text, const char *value);

#endif
