/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the netmap, and its end. */
#include "tailscale/netmap.h"

#include "conf/report.h"
#include "conf/tailnet.h"
#include "tailscale/localapi.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * NotifyInitialNetMap, NotifyNoPrivateKeys and NotifyInitialHealthState (ipn/backend.go, 1.102.3): the first line has all of it. The bus
 * goes on with what changes, which is not waited for.
 */
#define BUS "watch-ipn-bus?mask=152"

int tailscale_netmap_read(const char *socket, struct tailscale_netmap *netmap, struct conf_report *report)
{
	json_auto_t *notify = tailscale_localapi_line(socket, BUS, report);

	return notify ? tailscale_netmap_parse(notify, netmap) : -1;
}

bool tailscale_prefixes_cover(const struct tailscale_prefixes *list, const struct conf_prefix *prefix)
{
	for (size_t i = 0; i < list->count; i++)
		if (conf_prefix_covers(&list->items[i], prefix))
			return true;
	return false;
}

bool tailscale_prefixes_have(const struct tailscale_prefixes *list, const struct conf_prefix *prefix)
{
	for (size_t i = 0; i < list->count; i++)
		if (conf_prefix_equals(&list->items[i], prefix))
			return true;
	return false;
}

bool tailscale_match_permits(const struct tailscale_match *match, const struct conf_address *source,
			     const struct conf_prefix *target, int protocol, unsigned port)
{
	const struct conf_prefix from = conf_prefix_of_host(source);

	if (!(match->protocols & 1ULL << protocol) || !tailscale_prefixes_cover(&match->sources, &from))
		return false;
	for (size_t i = 0; i < match->targets.count; i++)
		if (conf_prefix_covers(&match->targets.items[i], target) && match->first[i] <= port &&
		    port <= match->last[i])
			return true;
	return false;
}

const struct tailscale_node *tailscale_netmap_primary(const struct tailscale_netmap *netmap, const struct conf_prefix *prefix)
{
	for (size_t i = 0; i < netmap->peer_count; i++)
		if (tailscale_prefixes_have(&netmap->peers[i].primary, prefix))
			return &netmap->peers[i];
	return NULL;
}

static bool name_is_below(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return end <= length && strcmp(name + length - end, suffix) == 0 &&
	       (end == length || end == 0 || name[length - end - 1] == '.');
}

const struct tailscale_zone *tailscale_netmap_zone(const struct tailscale_netmap *netmap, const char *name)
{
	const struct tailscale_zone *best = NULL;

	for (size_t i = 0; i < netmap->zone_count; i++) {
		const struct tailscale_zone *zone = &netmap->zones[i];

		if (zone->suffix && name_is_below(name, zone->suffix) &&
		    (!best || strlen(zone->suffix) > strlen(best->suffix)))
			best = zone;
	}
	return best;
}

bool tailscale_node_has(const struct tailscale_node *node, const struct conf_address *address)
{
	const struct conf_prefix host = conf_prefix_of_host(address);

	for (size_t i = 0; i < node->addresses.count; i++)
		if (conf_prefix_equals(&node->addresses.items[i], &host))
			return true;
	return false;
}

const struct tailscale_node *tailscale_netmap_node(const struct tailscale_netmap *netmap, const struct conf_address *address)
{
	if (tailscale_node_has(&netmap->self, address))
		return &netmap->self;
	for (size_t i = 0; i < netmap->peer_count; i++)
		if (tailscale_node_has(&netmap->peers[i], address))
			return &netmap->peers[i];
	return NULL;
}

const struct tailscale_record *tailscale_netmap_record(const struct tailscale_netmap *netmap, const char *name)
{
	for (size_t i = 0; i < netmap->record_count; i++)
		if (strcasecmp(netmap->records[i].name, name) == 0)
			return &netmap->records[i];
	return NULL;
}

const struct tailscale_node *tailscale_netmap_named(const struct tailscale_netmap *netmap, const char *name)
{
	if (netmap->self.name && strcasecmp(netmap->self.name, name) == 0)
		return &netmap->self;
	for (size_t i = 0; i < netmap->peer_count; i++)
		if (netmap->peers[i].name && strcasecmp(netmap->peers[i].name, name) == 0)
			return &netmap->peers[i];
	return NULL;
}

static void node_clear(struct tailscale_node *node)
{
	free(node->name);
	free(node->addresses.items);
	free(node->allowed.items);
	free(node->primary.items);
	free(node->advertised.items);
	tailscale_list_clear(&node->tags);
}

static void zone_clear(struct tailscale_zone *zone)
{
	free(zone->suffix);
	free(zone->resolvers);
	tailscale_list_clear(&zone->others);
}

static void match_clear(struct tailscale_match *match)
{
	free(match->sources.items);
	free(match->targets.items);
	free(match->first);
	free(match->last);
}

void tailscale_netmap_clear(struct tailscale_netmap *netmap)
{
	node_clear(&netmap->self);
	zone_clear(&netmap->global);
	for (size_t i = 0; i < netmap->peer_count; i++)
		node_clear(&netmap->peers[i]);
	for (size_t i = 0; i < netmap->zone_count; i++)
		zone_clear(&netmap->zones[i]);
	for (size_t i = 0; i < netmap->match_count; i++)
		match_clear(&netmap->matches[i]);
	for (size_t i = 0; i < netmap->warning_count; i++) {
		free(netmap->warnings[i].code);
		free(netmap->warnings[i].severity);
		free(netmap->warnings[i].text);
	}
	for (size_t i = 0; i < netmap->record_count; i++) {
		free(netmap->records[i].name);
		free(netmap->records[i].value);
	}
	free(netmap->peers);
	free(netmap->zones);
	free(netmap->matches);
	free(netmap->warnings);
	free(netmap->records);
	*netmap = (struct tailscale_netmap){.magic_dns = false};
}
