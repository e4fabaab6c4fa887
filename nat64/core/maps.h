/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address maps: explicit (RFC 7757), by prefix (RFC 6052), and leases of the dynamic pool behind a small interface. */
#ifndef NAT64_CORE_MAPS_H
#define NAT64_CORE_MAPS_H

#include "conf/settings.h"
#include "nat64/core/reason.h"

#include <stdbool.h>

/* The leases, implemented by the caller; both functions may be called by several threads at once. A lease belongs to a
 * client and the prefix it talks through (an index of settings->common.prefixes), so that answers come from that very prefix. */
struct nat64_leases {
	/* The pool address of a client. assign: a data packet asks, a lease may be made; otherwise only look.
	 * Returns NAT64_REASON_NONE, or _SOURCE_UNMAPPED, _POOL_EXHAUSTED, _CLIENT_QUOTA. */
	enum nat64_reason (*ipv4_of)(void *context, const struct in6_addr *client, unsigned prefix, bool assign,
				     struct in_addr *address);
	/* The client that holds a pool address, and its prefix; false when nobody does. */
	bool (*ipv6_of)(void *context, struct in_addr address, struct in6_addr *client, unsigned *prefix);
	void *context;
};

enum nat64_origin { /* where a translated address comes from */
		    NAT64_ORIGIN_NONE,
		    NAT64_ORIGIN_MAP,    /* an explicit map */
		    NAT64_ORIGIN_LEASE,  /* the dynamic pool */
		    NAT64_ORIGIN_PREFIX, /* an RFC 6052 prefix */
};

struct nat64_mapindex;

struct nat64_maps {
	const struct conf_settings *settings;
	struct nat64_leases leases;
	struct nat64_mapindex *by_ipv4; /* the explicit maps by their IPv4 prefixes: indices of settings->translation.maps */
	struct nat64_mapindex *by_ipv6; /* the same by their IPv6 prefixes */
};

/* settings outlive the maps; leases.ipv4_of may be NULL without a dynamic pool. 0, or -1 with a message. */
int nat64_maps_init(struct nat64_maps *maps, const struct conf_settings *settings, struct nat64_leases leases,
		    struct conf_report *report);
void nat64_maps_clear(struct nat64_maps *maps);

/* The IPv4 address of a host of a map: the suffix behind its IPv6 prefix, as the low bits of 32 behind the IPv4 prefix. */
struct in_addr nat64_map_to_ipv4(const struct conf_map *map, const struct in6_addr *from);

/* Is an IPv4 address in an explicit map? */
bool nat64_maps_has_ipv4(const struct nat64_maps *maps, struct in_addr address);

/* A server's IPv6 address -> IPv4, by map or prefix; *prefix is the index of that prefix, and 0 for a map. */
enum nat64_origin nat64_maps_server_to_ipv4(const struct nat64_maps *maps, const struct in6_addr *from,
					    struct in_addr *to, unsigned *prefix);
/* A client's IPv6 address -> IPv4 by lease alone: NAT64_REASON_NONE, or why there is none. */
enum nat64_reason nat64_maps_lease_to_ipv4(const struct nat64_maps *maps, const struct in6_addr *from, unsigned prefix,
					   bool assign, struct in_addr *to);
/* A client's IPv6 address -> IPv4, by map, prefix or lease. ORIGIN_NONE: *reason says why there is no address. */
enum nat64_origin nat64_maps_client_to_ipv4(const struct nat64_maps *maps, const struct in6_addr *from, unsigned prefix,
					    bool assign, struct in_addr *to, enum nat64_reason *reason);
/* A client's IPv4 address -> IPv6, and the prefix it talks through; ORIGIN_NONE for a pool address nobody holds. */
enum nat64_origin nat64_maps_client_to_ipv6(const struct nat64_maps *maps, struct in_addr from, struct in6_addr *to,
					    unsigned *prefix);
/* A server's IPv4 address -> IPv6, by map, else inside the prefix. */
enum nat64_origin nat64_maps_server_to_ipv6(const struct nat64_maps *maps, struct in_addr from, unsigned prefix,
					    struct in6_addr *to);

#endif
