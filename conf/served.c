/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/served.h"

#include "conf/settings.h"
#include "conf/tailnet.h"

static bool is_loopback(const struct conf_address *address)
{
	if (address->family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->v6);
	return ntohl(address->v4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

unsigned conf_served_overlay_port(const struct conf_settings *settings)
{
	const struct conf_http_listener *listeners = settings->node.http_listeners;
	unsigned port = 0;

	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		if (listeners[i].is_auto || conf_tailnet_is_edge(settings, &listeners[i].address))
			return listeners[i].port;
		if (port == 0 && !is_loopback(&listeners[i].address))
			port = listeners[i].port;
	}
	return port;
}

unsigned conf_served_port(const struct conf_settings *settings)
{
	unsigned port = conf_served_overlay_port(settings);

	return port == 0 && settings->node.http_listener_count > 0 ? settings->node.http_listeners[0].port : port;
}

bool conf_served_has4(const struct conf_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		const struct conf_http_listener *listener = &settings->node.http_listeners[i];
		bool is_here = listener->is_auto ||
			       (listener->address.family == AF_INET && (listener->address.v4.s_addr == address.s_addr ||
									listener->address.v4.s_addr == INADDR_ANY));

		if (is_here && listener->port == conf_served_port(settings))
			return conf_tailnet_is_edge(settings, &(struct conf_address){.family = AF_INET, .v4 = address});
	}
	return false;
}
