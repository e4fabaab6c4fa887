/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may reach what.
 *
 * An address that the module answers with, and that the translator or the guard then refuses, is a black hole: the client
 * waits for nothing. One that the module withholds, and that the others let pass, is a way around it. So all three ask here.
 *
 * Why the node's own addresses are never reached: a packet that comes out of the translator for the relay itself would reach its
 * own services past every firewall rule that is bound to an interface. Clients' addresses: nobody reaches a client unasked. The
 * twin: what is moved is moved once.
 *
 * One is: where the page is served a client reaches that port of it, and the guard's chain input lets nothing else pass.
 *
 * Martians: link-local IPv4 addresses are no host's behind a prefix: 169.254.169.254 is the metadata of clouds, and nobody reaches it
 * through a relay by chance. But TAYGA takes such addresses in a pool, a map or as its own, and a line that names one asks for it.
 *
 * Left out on purpose: the addresses of the kernel's interfaces, which come and go while the node runs. The guard's chain input
 * drops what the translator sends there, and the module asks the kernel (module/local_address.c).
 */
#include "conf/reach.h"

#include "conf/rfc6052.h"
#include "conf/http.h"
#include "conf/settings.h"
#include "conf/special.h"

static bool is_edge(const struct conf_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == AF_INET &&
		    settings->dns.edge_addresses[i].v4.s_addr == address.s_addr)
			return true;
	return false;
}

/* Without split domains the translator is TAYGA's, whose own address and the device's are hosts like others. Neither has to be there:
 * 0.0.0.0 is none. */
static bool is_nodes(const struct conf_settings *settings, struct in_addr address)
{
	if (is_edge(settings, address) && !conf_served_has4(settings, address))
		return true;
	return conf_settings_is_relay(settings) && (address.s_addr == settings->translation.ipv4_address.s_addr ||
						    address.s_addr == settings->translation.device_address.s_addr);
}

/* Without split domains clients may reach each other (RFC 6146 section 3.8, RFC 7757 section 4). */
static bool is_clients(const struct conf_settings *settings, struct in_addr address)
{
	if (!conf_settings_is_relay(settings))
		return false;
	return (settings->translation.has_dynamic_pool &&
		conf_prefix4_contains(&settings->translation.dynamic_pool, address)) ||
	       (settings->common.has_twin && conf_prefix4_contains(&settings->common.twin.twin, address));
}

bool conf_reach_is_mapped4(const struct conf_settings *settings, struct in_addr address)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (conf_prefix4_contains(&settings->translation.maps[i].v4, address))
			return true;
	return false;
}

enum conf_reach conf_reach_destination4(const struct conf_settings *settings, struct in_addr address)
{
	if (is_nodes(settings, address))
		return CONF_REACH_OWN;
	if (is_clients(settings, address))
		return CONF_REACH_CLIENT;
	if (conf_networks_hold4(&settings->common.denied_destinations, address))
		return CONF_REACH_DENIED;
	if (settings->common.allowed_destinations.count4 == 0 ||
	    conf_networks_hold4(&settings->common.allowed_destinations, address))
		return CONF_REACH_YES;
	return CONF_REACH_CLOSED;
}

bool conf_reach_embeds4(const struct conf_settings *settings, const struct conf_prefix6 *prefix, struct in_addr address)
{
	return !conf_rfc6052_wants_global(settings, prefix) || conf_special_is_global4(address);
}

enum conf_reach conf_reach_target4(const struct conf_settings *settings, const struct conf_reach_way *way,
				   struct in_addr address)
{
	enum conf_reach reach;

	if (conf_reach_is_martian4(settings, address, way->target_mapped))
		return CONF_REACH_MARTIAN;
	if (way->prefix && !conf_reach_embeds4(settings, way->prefix, address))
		return CONF_REACH_NOT_GLOBAL;
	reach = conf_reach_destination4(settings, address);
	if (reach != CONF_REACH_OWN && way->target_mapped && !way->client_mapped && conf_settings_is_relay(settings))
		return CONF_REACH_CLIENT;
	return reach;
}

bool conf_reach_source6(const struct conf_settings *settings, const struct in6_addr *address)
{
	return settings->translation.allowed_sources.count6 == 0 ||
	       conf_networks_hold6(&settings->translation.allowed_sources, address);
}

/* Count down to the prefix that is asked for. */
static bool is_it(bool there, size_t *index)
{
	return there && (*index)-- == 0;
}

bool conf_reach_own4(const struct conf_settings *settings, size_t index, struct conf_prefix4 *prefix)
{
	const struct conf_prefix4 *pool = settings->translation.has_dynamic_pool ? &settings->translation.dynamic_pool :
										   NULL;
	const struct in_addr nodes[] = {settings->translation.ipv4_address, settings->translation.device_address};

	if (is_it(pool, &index))
		return *prefix = *pool, true;
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (is_it(nodes[i].s_addr != INADDR_ANY && !(pool && conf_prefix4_contains(pool, nodes[i])), &index))
			return *prefix = (struct conf_prefix4){nodes[i], 32}, true;
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (is_it(settings->dns.edge_addresses[i].family == AF_INET &&
				  !conf_served_has4(settings, settings->dns.edge_addresses[i].v4),
			  &index))
			return *prefix = (struct conf_prefix4){settings->dns.edge_addresses[i].v4, 32}, true;
	return false;
}

bool conf_reach_own6(const struct conf_settings *settings, size_t index, struct conf_prefix6 *prefix)
{
	if (is_it(!IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address), &index))
		return *prefix = (struct conf_prefix6){settings->translation.ipv6_address, 128}, true;
	if (is_it(settings->common.has_twin6, &index))
		return *prefix = settings->common.twin6.twin, true;
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (is_it(true, &index))
			return *prefix = settings->common.prefixes[i].prefix, true;
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (is_it(settings->dns.edge_addresses[i].family == AF_INET6, &index))
			return *prefix = (struct conf_prefix6){settings->dns.edge_addresses[i].v6, 128}, true;
	return false;
}

enum conf_reach conf_reach_target6(const struct conf_settings *settings, const struct in6_addr *address)
{
	const struct conf_common *common = &settings->common;
	struct conf_prefix6 own;

	if (conf_special_is_martian6(address))
		return CONF_REACH_MARTIAN;
	for (size_t i = 0; conf_reach_own6(settings, i, &own); i++)
		if (conf_prefix6_contains(&own, address))
			return CONF_REACH_OWN;
	if (conf_networks_hold6(&common->denied_destinations, address))
		return CONF_REACH_DENIED;
	if (conf_networks_hold6(&common->allowed_destinations, address))
		return CONF_REACH_YES;
	return CONF_REACH_CLOSED;
}

/* Has a line other than map given the address to somebody on the translator's side? */
static bool is_given(const struct conf_settings *settings, struct in_addr address)
{
	return (settings->translation.has_dynamic_pool &&
		conf_prefix4_contains(&settings->translation.dynamic_pool, address)) ||
	       address.s_addr == settings->translation.ipv4_address.s_addr ||
	       address.s_addr == settings->translation.device_address.s_addr;
}

/* Is any address of the range a map's, the translator's or a client's? */
static bool is_given_of(const struct conf_settings *settings, const struct conf_prefix4 *range)
{
	bool given = conf_prefix4_contains(range, settings->translation.ipv4_address) ||
		     conf_prefix4_contains(range, settings->translation.device_address) ||
		     (settings->translation.has_dynamic_pool &&
		      conf_prefix4_overlaps(range, &settings->translation.dynamic_pool));

	for (size_t i = 0; !given && i < settings->translation.map_count; i++)
		given = conf_prefix4_overlaps(range, &settings->translation.maps[i].v4);
	return given;
}

bool conf_reach_martian4(const struct conf_settings *settings, size_t index, struct conf_prefix4 *prefix)
{
	for (size_t i = 0; conf_special_martian4(i, prefix); i++)
		if (is_it(!conf_special_is_link_local4(prefix->address) || !is_given_of(settings, prefix), &index))
			return true;
	return false;
}

bool conf_reach_is_martian4(const struct conf_settings *settings, struct in_addr address, bool is_mapped)
{
	if (!conf_special_is_martian4(address))
		return false;
	return !conf_special_is_link_local4(address) || !(is_mapped || is_given(settings, address));
}
