// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What this client's tailscaled knows (status, prefs and netmap, which any user may read), and what follows from it: which domain is
 * a relay's, and who may be the relay. A relay is a node to which split DNS hands a domain; and where that is the fault, a
 * node with a reverse zone of its own, or with an IPv6 route.
 */
#include "relay/client.h"

#include "conf/report.h"
#include "conf/tailnet.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUTE_LENGTH_MIN = 32 }; /* of a prefix for translation (RFC 6052 section 2.2) */

void relay_client_ask_tailscaled(struct relay_client *client)
{
	struct conf_report report = {0};

	client->now = time(NULL);
	client->has_status = tailscale_status_read(client->socket, &client->status, &report) == 0;
	client->up = client->has_status && tailscale_status_is_up(&client->status, &report) == 0;
	client->has_prefs = client->has_status && tailscale_prefs_read(client->socket, &client->prefs, &report) == 0;
	client->has_netmap = client->has_status && tailscale_netmap_read(client->socket, &client->netmap, &report) == 0;
	if (report.count > 0 && report.lines[0])
		snprintf(client->trouble, sizeof(client->trouble), "%s", report.lines[0]);
	conf_report_clear(&report);
}

/* Of the tailnet: 100.64.0.0/10, fd7a:115c:a1e0::/48. */
static bool is_of_tailnet(const struct conf_address *address)
{
	static const unsigned char prefix[] = {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0};

	if (address->family == AF_INET)
		return (ntohl(address->v4.s_addr) & 0xffc00000U) == 0x64400000U;
	return memcmp(&address->v6, prefix, sizeof(prefix)) == 0;
}

static bool is_reverse(const char *suffix)
{
	return conf_domain_is_within(suffix, "arpa");
}

/* A domain of which a node of the tailnet is the resolver. */
static bool may_be_relayed(const struct tailscale_zone *zone)
{
	if (!zone->suffix || is_reverse(zone->suffix))
		return false;
	for (size_t i = 0; i < zone->resolver_count; i++)
		if (is_of_tailnet(&zone->resolvers[i]))
			return true;
	return false;
}

static const struct tailscale_zone *zone_first(const struct tailscale_netmap *netmap)
{
	for (size_t i = 0; i < netmap->zone_count; i++)
		if (may_be_relayed(&netmap->zones[i]))
			return &netmap->zones[i];
	return NULL;
}

/* A host to try: one that is online, and no resolver of the zone. */
static const char *host_first(const struct relay_client *client, const struct tailscale_zone *zone)
{
	const char *found = NULL;

	for (size_t i = 0; i < client->netmap.peer_count; i++) {
		const struct tailscale_node *node = &client->netmap.peers[i];
		bool resolves = false;

		for (size_t j = 0; zone && j < zone->resolver_count; j++)
			resolves |= tailscale_node_has(node, &zone->resolvers[j]);
		if (!resolves && node->name && node->name[0] && (node->online || !found)) {
			found = node->name;
			if (node->online)
				return found;
		}
	}
	return found;
}

/* The zone that a full name belongs to; the names of the tailnet itself belong to none. */
static const struct tailscale_zone *zone_of(const struct relay_client *client, const char *name)
{
	const struct tailscale_zone *zone = tailscale_netmap_zone(&client->netmap, name);

	return zone && zone->suffix && zone->resolver_count + zone->others.count > 0 ? zone : NULL;
}

static void name_choose(struct relay_client *client)
{
	const struct tailscale_zone *first = zone_first(&client->netmap);
	const char *suffix = client->status.magic_dns_suffix ? client->status.magic_dns_suffix : "", *host = client->given;
	bool is_plain = *suffix && conf_domain_is_within(host, suffix);
	size_t length;

	if (*host && strchr(host, '.') && !is_plain) {
		client->zone = zone_of(client, host);
		snprintf(client->name, sizeof(client->name), "%s", host);
		snprintf(client->domain, sizeof(client->domain), "%s", client->zone ? client->zone->suffix : strchr(host, '.') + 1);
		length = strlen(host) > strlen(client->domain) ? strlen(host) - strlen(client->domain) - 1 : 0;
	} else {
		host = *host ? host : host_first(client, first);
		host = host ? host : "";
		length = is_plain || !client->given[0] ? strcspn(host, ".") : strlen(host);
		client->zone = first;
		snprintf(client->domain, sizeof(client->domain), "%s", first ? first->suffix : "");
		snprintf(client->name, sizeof(client->name), "%.*s%s%.200s", (int)length, host, first ? "." : "", client->domain);
	}
	if (*suffix && length > 0)
		snprintf(client->plain, sizeof(client->plain), "%.*s.%.200s", (int)length, host, suffix);
}

static void server_add(struct relay_client *client, const struct conf_address *address, bool named)
{
	for (size_t i = 0; i < client->server_count; i++)
		if (conf_address_equals(&client->servers[i].address, address))
			return;
	if (client->server_count == CLIENT_SERVERS)
		return;
	client->servers[client->server_count++] = (struct relay_client_server){
		.address = *address, .node = tailscale_netmap_node(&client->netmap, address), .named = named};
}

/* Its first address, IPv4 if it has one. */
static void node_add(struct relay_client *client, const struct tailscale_node *node)
{
	const struct conf_prefix *found = NULL;

	for (size_t i = 0; i < node->addresses.count; i++)
		if (!found || (node->addresses.items[i].family == AF_INET && found->family != AF_INET))
			found = &node->addresses.items[i];
	if (found && found->family == AF_INET)
		server_add(client, &(struct conf_address){.family = AF_INET, .v4 = found->v4.address}, false);
	else if (found)
		server_add(client, &(struct conf_address){.family = AF_INET6, .v6 = found->v6.address}, false);
}

static bool has_ipv6_route(const struct tailscale_node *node)
{
	for (size_t i = 0; i < node->allowed.count; i++)
		if (node->allowed.items[i].family == AF_INET6 && node->allowed.items[i].v6.length >= ROUTE_LENGTH_MIN &&
		    node->allowed.items[i].v6.length < 128)
			return true;
	return false;
}

void relay_client_choose(struct relay_client *client)
{
	const struct tailscale_netmap *netmap = &client->netmap;

	name_choose(client);
	for (size_t i = 0; client->zone && i < client->zone->resolver_count; i++)
		server_add(client, &client->zone->resolvers[i], true);
	for (size_t i = 0; i < netmap->zone_count; i++)
		for (size_t j = 0; j < netmap->zones[i].resolver_count; j++)
			if (is_of_tailnet(&netmap->zones[i].resolvers[j]))
				server_add(client, &netmap->zones[i].resolvers[j], false);
	for (size_t i = 0; i < netmap->peer_count; i++)
		if (has_ipv6_route(&netmap->peers[i]))
			node_add(client, &netmap->peers[i]);
}

static bool route_holds(const struct conf_prefix *route, const struct conf_address *address)
{
	if (route->family != address->family)
		return false;
	if (route->family == AF_INET)
		return route->v4.length > 0 && conf_prefix4_contains(&route->v4, address->v4);
	return route->v6.length >= ROUTE_LENGTH_MIN && conf_prefix6_contains(&route->v6, &address->v6);
}

const struct tailscale_node *relay_client_router(const struct relay_client *client, const struct conf_address *address,
						 const struct conf_prefix **route)
{
	for (size_t i = 0; i < client->netmap.peer_count; i++) {
		const struct tailscale_node *node = &client->netmap.peers[i];

		for (size_t j = 0; j < node->allowed.count; j++)
			if (route_holds(&node->allowed.items[j], address)) {
				if (route)
					*route = &node->allowed.items[j];
				return node;
			}
	}
	return NULL;
}

void relay_client_clear(struct relay_client *client)
{
	if (client->has_status)
		tailscale_status_clear(&client->status);
	if (client->has_prefs)
		tailscale_prefs_clear(&client->prefs);
	if (client->has_netmap)
		tailscale_netmap_clear(&client->netmap);
}
