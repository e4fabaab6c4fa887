/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first line of watch-ipn-bus, taken apart (ipn.Notify, netmap.NetworkMap, tailcfg.Node and tailcfg.DNSConfig of tailscale 1.102.3).
 *
 * What is of another shape is left out, for a newer tailscaled may write what we do not know; what is free text is made printable. So this fails
 * only when there is no netmap at all, or no memory. Lists are cut at a number that no tailnet has.
 */
#include "tailscale/netmap.h"

#include "conf/json.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

enum { PEERS_MAX = 100000, LIST_MAX = 4096, MATCHES_MAX = 10000, WARNINGS_MAX = 32 };

/* Room for so many elements of an array, at most max; NULL with *count 0 when there is none. */
static void *room_make(const json_t *array, size_t max, size_t size, size_t *count)
{
	void *room;

	*count = json_array_size(array) < max ? json_array_size(array) : max;
	room = *count ? calloc(*count, size) : NULL;
	if (!room)
		*count = 0;
	return room;
}

static char *text_quote(const json_t *object, const char *member)
{
	return tailscale_value_quote(json_string_value(json_object_get(object, member)));
}

/* A domain name without the dot at its end, lower case. */
static char *name_of(const char *text)
{
	char *name = tailscale_value_quote(text);
	size_t length = name ? strlen(name) : 0;

	for (size_t i = 0; i < length; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
	if (length > 0 && name[length - 1] == '.')
		name[length - 1] = '\0';
	return name;
}

static void prefixes_parse(const json_t *array, struct tailscale_prefixes *prefixes)
{
	size_t count;

	prefixes->count = 0;
	prefixes->items = room_make(array, LIST_MAX, sizeof(*prefixes->items), &count);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text && conf_prefix_parse(text, &prefixes->items[prefixes->count]) == 0)
			prefixes->count++;
	}
}

static void tags_parse(const json_t *array, struct tailscale_list *list)
{
	size_t count;

	list->items = room_make(array, LIST_MAX, sizeof(*list->items), &count);
	for (size_t i = 0; i < count; i++) {
		char *text = tailscale_value_quote(json_string_value(json_array_get(array, i)));

		if (text)
			list->items[list->count++] = text;
	}
}

/* "2026-11-29T06:28:48.990280808Z" (RFC 3339; Go writes UTC as Z). 0: not said, or the year 1. */
static time_t time_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));
	struct tm parts = {0};

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) || parts.tm_year < 70)
		return 0;
	return timegm(&parts);
}

static void node_parse(const json_t *object, struct tailscale_node *node)
{
	const json_t *host = json_object_get(object, "Hostinfo"); /* what the node says of itself */

	node->name = name_of(json_string_value(json_object_get(object, "Name")));
	prefixes_parse(json_object_get(object, "Addresses"), &node->addresses);
	prefixes_parse(json_object_get(object, "AllowedIPs"), &node->allowed);
	prefixes_parse(json_object_get(object, "PrimaryRoutes"), &node->primary);
	prefixes_parse(json_object_get(host, "RoutableIPs"), &node->advertised);
	node->shields_up = conf_json_is_true(host, "ShieldsUp");
	tags_parse(json_object_get(object, "Tags"), &node->tags);
	node->user = conf_json_number(object, "User");
	node->online = conf_json_is_true(object, "Online");
	node->expired = conf_json_is_true(object, "Expired");
	node->key_expiry = time_of(object, "KeyExpiry");
	node->created = time_of(object, "Created");
}

/* Resolvers: {"Addr": "100.64.0.1"}, or with a port, or a URL. */
static void zone_parse(const char *suffix, const json_t *resolvers, struct tailscale_zone *zone)
{
	size_t count;

	zone->suffix = name_of(suffix);
	zone->resolvers = room_make(resolvers, LIST_MAX, sizeof(*zone->resolvers), &count);
	zone->others.items = count ? calloc(count, sizeof(*zone->others.items)) : NULL;
	for (size_t i = 0; i < count && zone->others.items; i++) {
		const char *text = json_string_value(json_object_get(json_array_get(resolvers, i), "Addr"));
		char *quoted;

		if (text && conf_address_parse(text, &zone->resolvers[zone->resolver_count]) == 0)
			zone->resolver_count++;
		else if (text && (quoted = tailscale_value_quote(text)))
			zone->others.items[zone->others.count++] = quoted;
	}
}

static void zones_parse(const json_t *dns, struct tailscale_netmap *netmap)
{
	const json_t *routes = json_object_get(dns, "Routes");
	size_t count = json_object_size(routes) < LIST_MAX ? json_object_size(routes) : LIST_MAX;
	const char *suffix;
	json_t *resolvers;

	netmap->magic_dns = conf_json_is_true(dns, "Proxied");
	zone_parse("", json_object_get(dns, "Resolvers"), &netmap->global);
	netmap->zones = count ? calloc(count, sizeof(*netmap->zones)) : NULL;
	if (!netmap->zones)
		return;
	json_object_foreach((json_t *)routes, suffix, resolvers)
		if (netmap->zone_count < count)
			zone_parse(suffix, resolvers, &netmap->zones[netmap->zone_count++]);
}

/* dnsConfigForNetmap (ipn/ipnlocal/node_backend.go): a record without a type is an address, and other types are not answered. */
static bool is_of_address(const char *type)
{
	return !type || *type == '\0' || strcmp(type, "A") == 0 || strcmp(type, "AAAA") == 0;
}

static void records_parse(const json_t *dns, struct tailscale_netmap *netmap)
{
	const json_t *array = json_object_get(dns, "ExtraRecords");
	size_t count;

	netmap->records = room_make(array, LIST_MAX, sizeof(*netmap->records), &count);
	for (size_t i = 0; i < count; i++) {
		const json_t *object = json_array_get(array, i);
		struct tailscale_record record = {name_of(json_string_value(json_object_get(object, "Name"))),
						  text_quote(object, "Value")};

		if (record.name && record.value && is_of_address(json_string_value(json_object_get(object, "Type")))) {
			netmap->records[netmap->record_count++] = record;
		} else {
			free(record.name);
			free(record.value);
		}
	}
}

static void targets_parse(const json_t *array, struct tailscale_match *match)
{
	size_t count;

	match->targets.items = room_make(array, LIST_MAX, sizeof(*match->targets.items), &count);
	match->first = count ? calloc(count, sizeof(*match->first)) : NULL;
	match->last = count ? calloc(count, sizeof(*match->last)) : NULL;
	for (size_t i = 0; i < count && match->first && match->last; i++) {
		const json_t *target = json_array_get(array, i), *ports = json_object_get(target, "Ports");
		const char *text = json_string_value(json_object_get(target, "Net"));
		size_t at = match->targets.count;

		if (!text || conf_prefix_parse(text, &match->targets.items[at]) != 0)
			continue;
		match->first[at] = (unsigned short)conf_json_number(ports, "First");
		match->last[at] = (unsigned short)conf_json_number(ports, "Last");
		match->targets.count++;
	}
}

static void match_parse(const json_t *object, struct tailscale_match *match)
{
	const json_t *protocols = json_object_get(object, "IPProto"), *one;
	size_t i;

	json_array_foreach(protocols, i, one)
		if (json_integer_value(one) > 0 && json_integer_value(one) < 64)
			match->protocols |= 1ULL << json_integer_value(one);
	prefixes_parse(json_object_get(object, "Srcs"), &match->sources);
	match->by_capability = json_array_size(json_object_get(object, "SrcCaps")) > 0;
	targets_parse(json_object_get(object, "Dsts"), match);
}

static void warnings_parse(const json_t *health, struct tailscale_netmap *netmap)
{
	const json_t *warnings = json_object_get(health, "Warnings");
	const char *code;
	json_t *warning;

	netmap->has_health = json_is_object(health);
	netmap->warnings = calloc(WARNINGS_MAX, sizeof(*netmap->warnings));
	if (!netmap->warnings)
		return;
	json_object_foreach((json_t *)warnings, code, warning) {
		struct tailscale_warning *entry = &netmap->warnings[netmap->warning_count];

		if (netmap->warning_count == WARNINGS_MAX)
			break;
		*entry = (struct tailscale_warning){tailscale_value_quote(code), text_quote(warning, "Severity"),
						    text_quote(warning, "Text")};
		netmap->warning_count++;
	}
}

int tailscale_netmap_parse(const json_t *notify, struct tailscale_netmap *netmap)
{
	const json_t *map = json_object_get(notify, "NetMap"), *array;
	size_t count;

	*netmap = (struct tailscale_netmap){.magic_dns = false};
	if (!json_is_object(json_object_get(map, "SelfNode")))
		return 1;
	node_parse(json_object_get(map, "SelfNode"), &netmap->self);
	array = json_object_get(map, "Peers");
	netmap->peers = room_make(array, PEERS_MAX, sizeof(*netmap->peers), &count);
	for (; netmap->peer_count < count; netmap->peer_count++)
		node_parse(json_array_get(array, netmap->peer_count), &netmap->peers[netmap->peer_count]);
	zones_parse(json_object_get(map, "DNS"), netmap);
	records_parse(json_object_get(map, "DNS"), netmap);
	array = json_object_get(map, "PacketFilter");
	netmap->matches = room_make(array, MATCHES_MAX, sizeof(*netmap->matches), &count);
	for (; netmap->match_count < count; netmap->match_count++)
		match_parse(json_array_get(array, netmap->match_count), &netmap->matches[netmap->match_count]);
	warnings_parse(json_object_get(notify, "Health"), netmap);
	return 0;
}
