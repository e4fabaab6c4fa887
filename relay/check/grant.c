/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grants in the syntax of Tailscale's policy file, which headscale takes as well. */
#include "relay/check/grant.h"

#include "conf/http.h"
#include "conf/settings.h"

#include <stdio.h>

enum { ROUTES_ROOM = 512 };

static const char *routes_print(const struct conf_settings *settings, char text[ROUTES_ROOM])
{
	char prefix[CONF_PREFIX_TEXT];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < settings->node.advertised_count && length < ROUTES_ROOM; i++)
		length += (size_t)snprintf(text + length, ROUTES_ROOM - length, "%s\"%s\"", i > 0 ? ", " : "",
					   conf_prefix_print(&settings->node.advertised[i], prefix));
	return text;
}

bool relay_grant_is_needed(enum relay_grant grant, const struct conf_settings *settings)
{
	return grant != RELAY_GRANT_PAGE || conf_served_overlay_port(settings) != 0;
}

const char *relay_grant_print(enum relay_grant grant, const struct conf_settings *settings, const char *relay,
			      char *text, size_t size)
{
	char routes[ROUTES_ROOM];

	relay = relay ? relay : "tag:relay";
	if (grant == RELAY_GRANT_DNS)
		snprintf(text, size,
			 "{\"src\": [\"autogroup:member\"], \"dst\": [\"%s\"], \"ip\": [\"udp:53\", \"tcp:53\"]}", relay);
	else if (grant == RELAY_GRANT_PREFIX)
		snprintf(text, size, "{\"src\": [\"autogroup:member\", \"%s\"], \"dst\": [%s], \"ip\": [\"*\"]}", relay,
			 routes_print(settings, routes));
	else if (grant == RELAY_GRANT_TARGETS)
		snprintf(text, size, "{\"src\": [\"%s\"], \"dst\": [\"tag:target\"], \"ip\": [\"*\"]}", relay);
	else
		snprintf(text, size, "{\"src\": [\"autogroup:member\", \"%s\"], \"dst\": [\"%s\"], \"ip\": [\"tcp:%u\"]}",
			 relay, relay, conf_served_overlay_port(settings));
	return text;
}
