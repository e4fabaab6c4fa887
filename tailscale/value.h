/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed members of tailscaled's JSON objects. */
#ifndef TAILSCALE_VALUE_H
#define TAILSCALE_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Texts in the order they came. All zero is an empty list. */
struct tailscale_list {
	char **items;
	size_t count;
};

/*
 * Read one member of an object. An absent member, and null, is the empty value: Go leaves zero values out. Returns 0, or -1 when the member has
 * another type, or a text has control characters: then nothing has been stored.
 */
int tailscale_value_text(const json_t *object, const char *member, char **text); /* "" when absent; the caller frees */
int tailscale_value_bool(const json_t *object, const char *member, bool *value);
int tailscale_value_list(const json_t *object, const char *member, struct tailscale_list *list);

/*
 * Free text of others, such as a complaint: printable, on one line, cut at TAILSCALE_QUOTE_LENGTH octets, and never a reason to refuse. A line's
 * end becomes "; ", another control character "\\xNN", and what else has no look of its own (conf/printable.h) question marks. NULL: out of memory. The caller frees. text may be NULL.
 */
enum { TAILSCALE_QUOTE_LENGTH = 300, TAILSCALE_QUOTES_MAX = 32 };
char *tailscale_value_quote(const char *text);

/* A list of such texts: what is no text in it is left out. */
int tailscale_value_quotes(const json_t *object, const char *member, struct tailscale_list *list);

bool tailscale_list_contains(const struct tailscale_list *list, const char *text);
void tailscale_list_clear(struct tailscale_list *list);

#endif
