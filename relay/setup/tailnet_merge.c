/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read, unite, write, read again: this is the uniting. Pure functions. */
#include "relay/setup/tailnet_merge.h"

#include "conf/prefix.h"
#include "tailscale/value.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool text_equals(const char *a, const char *b)
{
	struct conf_prefix first, second;

	if (conf_prefix_parse(a, &first) == 0 && conf_prefix_parse(b, &second) == 0)
		return conf_prefix_equals(&first, &second);
	return strcmp(a, b) == 0;
}

bool relay_list_has(const struct tailscale_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equals(list->items[i], text))
			return true;
	return false;
}

static bool array_has(const json_t *array, const char *text)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		if (json_is_string(value) && text_equals(json_string_value(value), text))
			return true;
	return false;
}

/* Append a copy; the list has room. */
static int list_append(struct tailscale_list *list, const char *text)
{
	list->items[list->count] = strdup(text);
	return list->items[list->count] ? (list->count++, 0) : -1;
}

static int list_begin(struct tailscale_list *list, size_t room)
{
	*list = (struct tailscale_list){.items = calloc(room + 1, sizeof(*list->items))};
	return list->items ? 0 : -1;
}

int relay_list_unite(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *united)
{
	int failed = list_begin(united, have->count + json_array_size(ours));
	const json_t *value;
	size_t i;

	for (i = 0; i < have->count && !failed; i++)
		failed = list_append(united, have->items[i]);
	json_array_foreach(ours, i, value)
		if (!failed && json_is_string(value) && !relay_list_has(united, json_string_value(value)))
			failed = list_append(united, json_string_value(value));
	if (failed)
		tailscale_list_clear(united);
	return failed;
}

int relay_list_without(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *rest)
{
	int failed = list_begin(rest, have->count);

	for (size_t i = 0; i < have->count && !failed; i++)
		if (!array_has(ours, have->items[i]))
			failed = list_append(rest, have->items[i]);
	if (failed)
		tailscale_list_clear(rest);
	return failed;
}

const char *relay_zones_name(const json_t *zones, const char *zone)
{
	size_t length = strlen(zone);
	const json_t *value;
	const char *name;

	json_object_foreach((json_t *)zones, name, value)
		if (strncasecmp(name, zone, length) == 0 && (name[length] == '\0' || strcmp(name + length, ".") == 0))
			return name;
	return NULL;
}

typedef int list_edit(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *result);

static json_t *list_print(const struct tailscale_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

/* One zone: into the patch, if the edit changes it. */
static int zone_edit(const json_t *zones, const char *zone, const json_t *ours, list_edit *edit, json_t *patch)
{
	const char *name = relay_zones_name(zones, zone);
	struct tailscale_list have = {0}, result = {0};
	int failed = name ? tailscale_value_list(zones, name, &have) : 0;

	if (failed == 0)
		failed = edit(&have, ours, &result);
	if (failed == 0 && result.count != have.count) /* an edit only adds, or only takes out */
		failed = json_object_set_new(patch, name ? name : zone,
					     result.count > 0 ? list_print(&result) : json_null());
	tailscale_list_clear(&have);
	tailscale_list_clear(&result);
	return failed;
}

static json_t *zones_edit(const json_t *zones, const json_t *ours, list_edit *edit)
{
	json_t *patch = json_object();
	const json_t *resolvers;
	const char *zone;

	json_object_foreach((json_t *)ours, zone, resolvers)
		if (patch && zone_edit(zones, zone, resolvers, edit, patch) != 0) {
			json_decref(patch);
			patch = NULL;
		}
	return patch;
}

json_t *relay_zones_unite(const json_t *zones, const json_t *ours)
{
	return zones_edit(zones, ours, relay_list_unite);
}

json_t *relay_zones_without(const json_t *zones, const json_t *ours)
{
	return zones_edit(zones, ours, relay_list_without);
}
