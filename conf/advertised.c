/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A route that is none of ours is no mistake of the file: it may be on purpose. But it is said. */
#include "conf/advertised.h"

#include "conf/report.h"
#include "conf/settings.h"

#include <sys/socket.h>

static bool prefixes_overlap(const struct conf_prefix *a, const struct conf_prefix *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? conf_prefix4_overlaps(&a->v4, &b->v4) : conf_prefix6_overlaps(&a->v6, &b->v6);
}

bool conf_advertised_is_ours(const struct conf_settings *settings, const struct conf_prefix *route)
{
	const struct conf_prefix twin = {.family = AF_INET, .v4 = settings->common.twin.twin};
	const struct conf_prefix twin6 = {.family = AF_INET6, .v6 = settings->common.twin6.twin};

	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->common.prefixes[i].prefix};

		if (prefixes_overlap(&prefix, route))
			return true;
	}
	return (settings->common.has_twin && prefixes_overlap(&twin, route)) ||
	       (settings->common.has_twin6 && prefixes_overlap(&twin6, route));
}

void conf_advertised_note(struct conf_settings *settings)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; conf_settings_is_relay(settings) && i < settings->node.advertised_count; i++)
		if (!conf_advertised_is_ours(settings, &settings->node.advertised[i]))
			conf_report_add_at(
				&settings->notices, settings->file, conf_settings_line(settings, "advertise-prefix"),
				"advertise-prefix %s is no prefix of this relay: clients send there what nobody translates",
				conf_prefix_print(&settings->node.advertised[i], text));
}
