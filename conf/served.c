/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/served.h"

#include "conf/settings.h"

unsigned conf_served_port(const struct conf_settings *settings)
{
	return settings->node.http_listener_count > 0 ? settings->node.http_listeners[0].port : 0;
}

static bool is_loopback(const struct conf_address *address)
{
	if (address->family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->v6);
	return ntohl(address->v4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

unsigned conf_served_overlay_port(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->node.http_listener_count; i++)
		if (settings->node.http_listeners[i].is_auto || !is_loopback(&settings->node.http_listeners[i].address))
			return settings->node.http_listeners[i].port;
	return 0;
}

static bool is_edge4(const struct conf_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == AF_INET &&
		    settings->dns.edge_addresses[i].v4.s_addr == address.s_addr)
			return true;
	return false;
}

bool conf_served_has4(const struct conf_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->node.http_listener_count; i++) {
		const struct conf_http_listener *listener = &settings->node.http_listeners[i];
		bool is_here = listener->is_auto ||
			       (listener->address.family == AF_INET && listener->address.v4.s_addr == address.s_addr);

		if (is_here && listener->port == conf_served_port(settings))
			return is_edge4(settings, address);
	}
	return false;
}
