// SPDX-License-Identifier: GPL-2.0-or-later
/* What tailscaled's JSON may hold, checked member by member: these texts end up on terminals. */
#include "tailscale/value.h"

#include <stdlib.h>
#include <string.h>

/* UTF-8 without control characters; jansson has checked the encoding. */
static bool text_is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static char *text_copy(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && text_is_printable(text) ? strdup(text) : NULL;
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
