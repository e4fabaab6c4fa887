/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps, for a comparison. The settings in force name a map-file only; what stood in it then, the translator alone knows. */
#include "relay/show/rendered.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void map_print(FILE *stream, const struct conf_prefix4 *v4, const struct conf_prefix6 *v6)
{
	char from[CONF_PREFIX_TEXT], to[CONF_PREFIX_TEXT], text[2 * CONF_PREFIX_TEXT + 8];

	conf_prefix4_print(v4, from);
	snprintf(text, sizeof(text), "%s %s", from, conf_prefix6_print(v6, to));
	relay_rendered_print(stream, RELAY_MAPS, text, strlen(from));
}

void relay_rendered_maps(FILE *stream, const struct conf_settings *settings, bool is_active)
{
	struct conf_prefix4 v4;
	struct conf_prefix6 v6;
	json_t *reply = NULL, *map;
	size_t i;

	if (!is_active || nat64_control_ask(settings->node.runtime_dir, "maps", &reply, CONF_REPORT_DISCARD) != 0)
		for (i = 0; i < settings->translation.map_count; i++)
			map_print(stream, &settings->translation.maps[i].v4, &settings->translation.maps[i].v6);
	json_array_foreach(json_object_get(reply, "maps"), i, map) {
		const char *from = json_string_value(json_object_get(map, "ipv4")),
			   *to = json_string_value(json_object_get(map, "ipv6"));

		if (from && to && conf_prefix4_parse(from, &v4) == 0 && conf_prefix6_parse(to, &v6) == 0)
			map_print(stream, &v4, &v6);
	}
	json_decref(reply);
}
