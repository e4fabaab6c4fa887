/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps, for a comparison. The settings in force name a map-file only; what stood in it then, the translator alone knows. */
#include "relay/show/rendered.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void map_add(struct relay_rendereds *facts, const struct conf_prefix4 *v4, const struct conf_prefix6 *v6)
{
	char from[CONF_PREFIX_TEXT], to[CONF_PREFIX_TEXT], text[2 * CONF_PREFIX_TEXT + 8];

	conf_prefix4_print(v4, from);
	snprintf(text, sizeof(text), "%s %s", from, conf_prefix6_print(v6, to));
	relay_rendered_add(facts, RELAY_MAPS, text, strlen(from));
}

void relay_facts_maps(const struct conf_settings *settings, struct relay_rendereds *facts)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		map_add(facts, &settings->translation.maps[i].v4, &settings->translation.maps[i].v6);
}

void relay_facts_running_maps(const struct conf_settings *settings, struct relay_rendereds *facts)
{
	struct conf_report quiet = {0};
	struct conf_prefix4 v4;
	struct conf_prefix6 v6;
	json_t *reply = NULL, *map;
	size_t i;

	if (nat64_control_ask(settings->node.runtime_dir, "maps", &reply, &quiet) != 0)
		relay_facts_maps(settings, facts);
	json_array_foreach(json_object_get(reply, "maps"), i, map) {
		const char *from = json_string_value(json_object_get(map, "ipv4")),
			   *to = json_string_value(json_object_get(map, "ipv6"));

		if (from && to && conf_prefix4_parse(from, &v4) == 0 && conf_prefix6_parse(to, &v6) == 0)
			map_add(facts, &v4, &v6);
	}
	json_decref(reply);
	conf_report_clear(&quiet);
}
