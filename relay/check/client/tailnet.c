/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this client's tailscaled knows (status, prefs and netmap, which any user may read), and what follows from it: which domain is
 * a relay's, and who may be the relay. A relay is a node to which split DNS hands a domain; and where that is the fault, a
 * node with a reverse zone of its own, or with an IPv6 route.
 */
#include "relay/check/client/client.h"

#include "conf/report.h"
#include "conf/special.h"
#include "conf/tailnet.h"
#include "conf/value.h"
#include "relay/check/client/probe.h"
#include "relay/host/clock.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	ROUTE_LENGTH_MIN = 32,
	ALIVE_MS = 4000
}; /* of a prefix for translation (RFC 6052 section 2.2); a status takes milliseconds */

/* In a process of its own, for a tailscaled that hangs would hold up each question for long. */
static void alive_probe(const void *request, void *result)
{
	const struct relay_client *client = request;
	struct tailscale_status status;

	if (tailscale_status_read(client->socket, &status, CONF_REPORT_DISCARD) == 0)
		tailscale_status_clear(&status);
	*(bool *)result = true;
}

static bool hangs(const struct relay_client *client)
{
	struct relay_client_probes probes = {.begun = relay_clock_ms(), .end = relay_clock_ms() + ALIVE_MS};
	bool over = false;

	relay_client_probe_start(&probes, "tailscaled", alive_probe, client, &over, sizeof(over), ALIVE_MS);
	while (relay_client_probes_wait(&probes))
		relay_client_probes_show(&probes, client->given[0] ? client->given : "check");
	relay_client_probes_end(&probes);
	return probes.count > 0 && !over;
}

void relay_client_ask_tailscaled(struct relay_client *client)
{
	struct conf_report report = {0};

	client->now = time(NULL);
	client->hung = hangs(client);
	if (client->hung)
		return;
	client->has_status = tailscale_status_read(client->socket, &client->status, &report) == 0;
	client->up = client->has_status && tailscale_status_is_up(&client->status, &report) == 0;
	client->has_prefs = client->has_status && tailscale_prefs_read(client->socket, &client->prefs, &report) == 0;
	client->has_netmap = client->has_status && tailscale_netmap_read(client->socket, &client->netmap, &report) == 0;
	if (report.count > 0 && report.lines[0])
		snprintf(client->trouble, sizeof(client->trouble), "%s", report.lines[0]);
	conf_report_clear(&report);
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
		if (conf_special_is_of_tailnet(&zone->resolvers[i]))
			return true;
	return false;
}

static const struct tailscale_zone *zone_find(const struct tailscale_netmap *netmap, size_t number)
{
	for (size_t i = 0; i < netmap->zone_count; i++)
		if (may_be_relayed(&netmap->zones[i]) && number-- == 0)
			return &netmap->zones[i];
	return NULL;
}

size_t relay_client_domains(const struct relay_client *client)
{
	size_t count = 0;

	while (client->has_netmap && zone_find(&client->netmap, count))
		count++;
	return count;
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
	const struct tailscale_zone *first = zone_find(&client->netmap, client->number);
	const char *suffix = client->status.magic_dns_suffix ? client->status.magic_dns_suffix : "", *host = client->given;
	bool is_plain = *suffix && conf_domain_is_within(host, suffix);
	size_t length;

	if (*host && strchr(host, '.') && !is_plain) {
		client->zone = zone_of(client, host);
		snprintf(client->name, sizeof(client->name), "%s", host);
		snprintf(client->domain, sizeof(client->domain), "%s",
			 client->zone ? client->zone->suffix : strchr(host, '.') + 1);
		length = strlen(host) > strlen(client->domain) ? strlen(host) - strlen(client->domain) - 1 : 0;
	} else {
		host = *host ? host : host_first(client, first);
		host = host ? host : "";
		length = is_plain || !client->given[0] ? strcspn(host, ".") : strlen(host);
		client->zone = first;
		snprintf(client->domain, sizeof(client->domain), "%s", first ? first->suffix : "");
		snprintf(client->name, sizeof(client->name), "%.*s%s%.200s", (int)length, host, first ? "." : "",
			 client->domain);
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
	struct conf_address address;

	for (size_t i = 0; i < node->addresses.count; i++)
		if (!found || (node->addresses.items[i].family == AF_INET && found->family != AF_INET))
			found = &node->addresses.items[i];
	if (!found)
		return;
	address = conf_prefix_address(found);
	server_add(client, &address, false);
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
			if (conf_special_is_of_tailnet(&netmap->zones[i].resolvers[j]))
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
