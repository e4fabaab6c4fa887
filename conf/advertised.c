/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A route that is none of ours is no mistake of the file: it may be on purpose. But it is said. */
#include "conf/advertised.h"

#include "conf/report.h"
#include "conf/settings.h"

#include <sys/socket.h>

bool conf_advertised_is_ours(const struct conf_settings *settings, const struct conf_prefix *route)
{
	const struct conf_prefix twin = {.family = AF_INET, .v4 = settings->common.twin.twin};
	const struct conf_prefix twin6 = {.family = AF_INET6, .v6 = settings->common.twin6.twin};

	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->common.prefixes[i].prefix};

		if (conf_prefix_overlaps(&prefix, route))
			return true;
	}
	return (settings->common.has_twin && conf_prefix_overlaps(&twin, route)) ||
	       (settings->common.has_twin6 && conf_prefix_overlaps(&twin6, route));
}

void conf_advertised_note(struct conf_settings *settings)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; conf_settings_is_relay(settings) && i < settings->node.advertised_count; i++)
		if (!conf_advertised_is_ours(settings, &settings->node.advertised[i]))
			conf_report_add_at(
				&settings->notices, settings->file, conf_settings_line(settings, "advertise-prefix"),
				"advertise-prefix %s is not a prefix of this relay: no translator serves the packets "
				"that clients send there",
				conf_prefix_print(&settings->node.advertised[i], text));
}
