/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other programs answer in JSON: nat64d, which is another user's, and tailscaled, which repeats what others in the tailnet say.
 *
 * JSON can write any control character as \u001b, so that the octets tell nothing; the texts are looked at once they are parsed. What jansson
 * says of an error quotes the octets, and is not handed on. jansson bounds how deep values lie in each other.
 */
#include "conf/json.h"

#include "conf/printable.h"

#include <stdlib.h>
#include <string.h>

static bool text_settle(json_t *value)
{
	size_t length = json_string_length(value);
	char *copy = malloc(length + 1);
	bool good = copy;

	if (copy) {
		memcpy(copy, json_string_value(value), length);
		if (conf_printable_make(copy, length, ""))
			good = json_string_setn(value, copy, length) == 0;
	}
	free(copy);
	return good;
}

static bool name_is_good(const char *name)
{
	char *copy = strdup(name);
	bool good = copy && !conf_printable_make(copy, strlen(copy), "");

	free(copy);
	return good;
}

static bool value_settle(json_t *value)
{
	const char *name;
	json_t *inner;
	size_t i;

	if (json_is_string(value))
		return text_settle(value);
	json_array_foreach(value, i, inner)
		if (!value_settle(inner))
			return false;
	if (json_is_object(value))
		json_object_foreach(value, name, inner)
			if (!name_is_good(name) || !value_settle(inner))
				return false;
	return true;
}

json_t *conf_json_parse(const char *text, size_t length)
{
	json_t *object = json_loadb(text, length, 0, NULL);

	if (json_is_object(object) && value_settle(object))
		return object;
	json_decref(object);
	return NULL;
}

const char *conf_json_text(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

long long conf_json_number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

bool conf_json_is_true(const json_t *object, const char *member)
{
	return json_is_true(json_object_get(object, member));
}
