/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address maps.
 *
 * Two roles: the client is the IPv6 side's own host, the server is who it talks to. Order of the look-ups: explicit maps
 * by longest prefix (RFC 7757 section 3.2; unequal suffix lengths are allowed), then the RFC 6052 prefixes, then the
 * leases. A client inside a prefix of ours never gets a lease; a pool address never stands for a host behind the prefix.
 * Where the pool lies inside the network of a map its addresses are the pool's, both ways: who is mapped to one of them is a client like others.
 *
 * RFC 7757 section 3.1: bits that follow the shorter suffix are zero when they are written and ignored when read. */
#include "nat64/core/maps.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "nat64/core/mapindex.h"

#include <arpa/inet.h>
#include <stdlib.h>

static void index_maps(struct nat64_maps *maps)
{
	for (size_t i = 0; i < maps->settings->translation.map_count; i++) {
		const struct conf_map *map = &maps->settings->translation.maps[i];

		nat64_mapindex_add(maps->by_ipv4, nat64_key_of4(map->v4.address), map->v4.length, (uint32_t)i);
		nat64_mapindex_add(maps->by_ipv6, nat64_key_of6(&map->v6.address), map->v6.length, (uint32_t)i);
	}
}

int nat64_maps_init(struct nat64_maps *maps, const struct conf_settings *settings, struct nat64_leases leases,
		    struct conf_report *report)
{
	*maps = (struct nat64_maps){.settings = settings, .leases = leases};
	maps->by_ipv4 = nat64_mapindex_new(settings->translation.map_count);
	maps->by_ipv6 = nat64_mapindex_new(settings->translation.map_count);
	if (maps->by_ipv4 && maps->by_ipv6) {
		index_maps(maps);
		return 0;
	}
	conf_report_add(report, "out of memory for %zu address maps", settings->translation.map_count);
	nat64_maps_clear(maps);
	return -1;
}

void nat64_maps_clear(struct nat64_maps *maps)
{
	free(maps->by_ipv4);
	free(maps->by_ipv6);
	*maps = (struct nat64_maps){0};
}

struct in_addr nat64_map_to_ipv4(const struct conf_map *map, const struct in6_addr *from)
{
	uint32_t suffix = 0;

	for (unsigned bit = map->v4.length, at = map->v6.length; bit < 32 && at < 128; bit++, at++)
		if (from->s6_addr[at / 8] & (0x80 >> at % 8))
			suffix |= UINT32_C(1) << (31 - bit);
	return (struct in_addr){map->v4.address.s_addr | htonl(suffix)};
}

static struct in6_addr map_to_ipv6(const struct conf_map *map, struct in_addr from)
{
	struct in6_addr to = map->v6.address;
	uint32_t bits = ntohl(from.s_addr);

	for (unsigned bit = map->v4.length, at = map->v6.length; bit < 32 && at < 128; bit++, at++)
		if (bits & UINT32_C(1) << (31 - bit))
			to.s6_addr[at / 8] |= (uint8_t)(0x80 >> at % 8);
	return to;
}

static const struct conf_map *find_by_ipv6(const struct nat64_maps *maps, const struct in6_addr *address)
{
	int64_t found = -1;

	if (maps->settings->translation.map_count)
		found = nat64_mapindex_find(maps->by_ipv6, nat64_key_of6(address));
	return found < 0 ? NULL : &maps->settings->translation.maps[found];
}

static const struct conf_map *find_by_ipv4(const struct nat64_maps *maps, struct in_addr address)
{
	int64_t found = -1;

	if (maps->settings->translation.map_count)
		found = nat64_mapindex_find(maps->by_ipv4, nat64_key_of4(address));
	if (found < 0 || conf_settings_pool_precedes(maps->settings, &maps->settings->translation.maps[found], address))
		return NULL;
	return &maps->settings->translation.maps[found];
}

bool nat64_maps_has_ipv4(const struct nat64_maps *maps, struct in_addr address)
{
	return find_by_ipv4(maps, address);
}

enum nat64_origin nat64_maps_server_to_ipv4(const struct nat64_maps *maps, const struct in6_addr *from,
					    struct in_addr *to, unsigned *prefix)
{
	const struct conf_settings *settings = maps->settings;
	const struct conf_map *map = find_by_ipv6(maps, from);

	*prefix = 0;
	if (map) {
		*to = nat64_map_to_ipv4(map, from);
		if (!conf_settings_pool_precedes(settings, map, *to))
			return NAT64_ORIGIN_MAP;
	}
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_rfc6052_extract(&settings->common.prefixes[i].prefix, from, to)) {
			*prefix = (unsigned)i;
			return NAT64_ORIGIN_PREFIX;
		}
	return NAT64_ORIGIN_NONE;
}

enum nat64_reason nat64_maps_lease_to_ipv4(const struct nat64_maps *maps, const struct in6_addr *from, unsigned prefix,
					   bool assign, struct in_addr *to)
{
	if (!maps->settings->translation.has_dynamic_pool || !maps->leases.ipv4_of)
		return NAT64_REASON_SOURCE_UNMAPPED;
	return maps->leases.ipv4_of(maps->leases.context, from, prefix, assign, to);
}

enum nat64_origin nat64_maps_client_to_ipv4(const struct nat64_maps *maps, const struct in6_addr *from, unsigned prefix,
					    bool assign, struct in_addr *to, enum nat64_reason *reason)
{
	unsigned own_prefix;
	enum nat64_origin origin = nat64_maps_server_to_ipv4(maps, from, to, &own_prefix);

	if (origin)
		return origin;
	*reason = nat64_maps_lease_to_ipv4(maps, from, prefix, assign, to);
	return *reason ? NAT64_ORIGIN_NONE : NAT64_ORIGIN_LEASE;
}

static enum nat64_origin map_or_prefix_to_ipv6(const struct nat64_maps *maps, const struct conf_map *map,
					       struct in_addr from, unsigned prefix, struct in6_addr *to)
{
	if (map) {
		*to = map_to_ipv6(map, from);
		return NAT64_ORIGIN_MAP;
	}
	if (prefix >= maps->settings->common.prefix_count)
		return NAT64_ORIGIN_NONE;
	*to = conf_rfc6052_embed(&maps->settings->common.prefixes[prefix].prefix, from);
	return NAT64_ORIGIN_PREFIX;
}

enum nat64_origin nat64_maps_client_to_ipv6(const struct nat64_maps *maps, struct in_addr from, struct in6_addr *to,
					    unsigned *prefix)
{
	const struct conf_settings *settings = maps->settings;
	const struct conf_map *map = find_by_ipv4(maps, from);

	*prefix = 0;
	if (map || !settings->translation.has_dynamic_pool ||
	    !conf_prefix4_contains(&settings->translation.dynamic_pool, from))
		return map_or_prefix_to_ipv6(maps, map, from, 0, to);
	if (maps->leases.ipv6_of && maps->leases.ipv6_of(maps->leases.context, from, to, prefix))
		return NAT64_ORIGIN_LEASE;
	return NAT64_ORIGIN_NONE;
}

enum nat64_origin nat64_maps_server_to_ipv6(const struct nat64_maps *maps, struct in_addr from, unsigned prefix,
					    struct in6_addr *to)
{
	return map_or_prefix_to_ipv6(maps, find_by_ipv4(maps, from), from, prefix, to);
}
