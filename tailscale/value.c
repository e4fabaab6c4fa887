/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled's JSON may hold, checked member by member: these texts end up on terminals. */
#include "tailscale/value.h"

#include "conf/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Only what can be printed: tailscaled itself lets nothing else into these texts. */
static char *text_copy(const json_t *value)
{
	const char *text = json_string_value(value);
	char *copy = text ? strdup(text) : NULL;

	if (!copy || !conf_printable_make(copy, strlen(copy), ""))
		return copy;
	free(copy);
	return NULL;
}

int tailscale_value_text(const json_t *object, const char *member, char **text)
{
	const json_t *value = json_object_get(object, member);
	char *copy = !value || json_is_null(value) ? strdup("") : text_copy(value);

	if (!copy)
		return -1;
	*text = copy;
	return 0;
}

int tailscale_value_bool(const json_t *object, const char *member, bool *value)
{
	const json_t *found = json_object_get(object, member);

	if (found && !json_is_null(found) && !json_is_boolean(found))
		return -1;
	*value = json_is_true(found);
	return 0;
}

int tailscale_value_list(const json_t *object, const char *member, struct tailscale_list *list)
{
	const json_t *array = json_object_get(object, member);
	struct tailscale_list read = {0};

	if (!array || json_is_null(array)) {
		*list = read;
		return 0;
	}
	if (!json_is_array(array))
		return -1;
	read.items = calloc(json_array_size(array) + 1, sizeof(*read.items));
	for (; read.items && read.count < json_array_size(array); read.count++) {
		read.items[read.count] = text_copy(json_array_get(array, read.count));
		if (!read.items[read.count]) {
			tailscale_list_clear(&read);
			return -1;
		}
	}
	if (!read.items)
		return -1;
	*list = read;
	return 0;
}

/* Control characters of C0, DEL and C1 (U+0080 to U+009F, in UTF-8 C2 80 to C2 9F): its length in octets, 0 for another character. */
static size_t control_length(const char *text)
{
	const unsigned char *octets = (const unsigned char *)text;

	if (octets[0] < ' ' || octets[0] == 0x7f)
		return 1;
	return octets[0] == 0xc2 && octets[1] >= 0x80 && octets[1] <= 0x9f ? 2 : 0;
}

/* How long is this character of UTF-8? jansson has checked the encoding. */
static size_t character_length(const char *text)
{
	size_t length = 1;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	return length;
}

char *tailscale_value_quote(const char *text)
{
	char *quoted = calloc(1, TAILSCALE_QUOTE_LENGTH + 8), *at = quoted;

	for (; quoted && text && *text && at - quoted < TAILSCALE_QUOTE_LENGTH;) {
		size_t control = control_length(text), length = control ? control : character_length(text);

		if (*text == '\n')
			at += sprintf(at, "%s", text[1] ? "; " : "");
		else if (control)
			at += sprintf(at, "\\x%02x", (unsigned char)text[control - 1]);
		else if (at - quoted + length <= TAILSCALE_QUOTE_LENGTH)
			at = (char *)memcpy(at, text, length) + length;
		else
			break;
		text += length;
	}
	if (quoted)
		conf_printable_make(quoted, strlen(quoted), "");
	return quoted;
}

int tailscale_value_quotes(const json_t *object, const char *member, struct tailscale_list *list)
{
	const json_t *array = json_object_get(object, member), *value;
	size_t i;

	*list = (struct tailscale_list){.items = calloc(TAILSCALE_QUOTES_MAX, sizeof(*list->items))};
	if (!list->items)
		return -1;
	json_array_foreach(array, i, value) {
		char *text = json_is_string(value) && list->count < TAILSCALE_QUOTES_MAX ?
				     tailscale_value_quote(json_string_value(value)) :
				     NULL;

		if (text)
			list->items[list->count++] = text;
	}
	return 0;
}

bool tailscale_list_contains(const struct tailscale_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}

void tailscale_list_clear(struct tailscale_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct tailscale_list){0};
}
