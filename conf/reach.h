/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may reach what, by the settings alone: the one policy that the module answers by, the translator translates by, and the
 * guard lets pass by. */
#ifndef CONF_REACH_H
#define CONF_REACH_H

#include "conf/address.h"

struct conf_settings;

enum conf_reach {
	CONF_REACH_YES,
	CONF_REACH_MARTIAN, /* no host's address */
	CONF_REACH_NOT_GLOBAL, /* its prefix stands for addresses of the Internet alone, as 64:ff9b::/96 does (RFC 6052 section 3.1) */
	CONF_REACH_OWN, /* the node's: an edge-address; in a relay the translator's and the device's too */
	CONF_REACH_CLIENT, /* in a relay: a client's, in the pool or of a map; or in the twin, which stands for other addresses */
	CONF_REACH_DENIED, /* by deny-destination */
	CONF_REACH_CLOSED, /* outside of every allow-destination */
};

/* How a client comes to an IPv4 address. */
struct conf_reach_way {
	const struct conf_prefix6 *prefix; /* NULL: by the twin */
	bool target_mapped; /* the address is a map's. There may be thousands of maps, and the translator has an index of them */
	bool client_mapped; /* the client is a map's as well: these reach each other */
};

/* May a client reach the IPv4 address? The first reason that fits, in the order above. */
enum conf_reach conf_reach_target4(const struct conf_settings *settings, const struct conf_reach_way *way,
				   struct in_addr address);

/* The same of the address alone: all but MARTIAN, NOT_GLOBAL, and what a map makes a CLIENT's. */
enum conf_reach conf_reach_destination4(const struct conf_settings *settings, struct in_addr address);

/* May a client reach the IPv6 address by the twin6-prefix? */
enum conf_reach conf_reach_target6(const struct conf_settings *settings, const struct in6_addr *address);

/* May the prefix stand for the address? */
bool conf_reach_embeds4(const struct conf_settings *settings, const struct conf_prefix6 *prefix, struct in_addr address);

/* Is it an address of a map? Looks through them all. */
bool conf_reach_is_mapped4(const struct conf_settings *settings, struct in_addr address);

/* May the host use a prefix? */
bool conf_reach_source6(const struct conf_settings *settings, const struct in6_addr *address);

/* The index-th prefix of addresses that no client may reach because they are the node's own, or clients' leases; false behind the
 * last. Addresses of maps are not among them, for these are open to all IPv4 hosts; nor is the twin, which is moved before. */
bool conf_reach_own4(const struct conf_settings *settings, size_t index, struct conf_prefix4 *prefix);

/* The same of IPv6 addresses: the node's own, and every prefix that stands for others. */
bool conf_reach_own6(const struct conf_settings *settings, size_t index, struct conf_prefix6 *prefix);

/* The index-th range of addresses that are no host's; false behind the last. 169.254/16 is none of them where the settings give any
 * address of it away. */
bool conf_reach_martian4(const struct conf_settings *settings, size_t index, struct conf_prefix4 *prefix);

/*
 * Is the address no address of a translated packet? 0/8, 127/8, 224/4 and 255.255.255.255 always are martians. 169.254/16 is one unless the
 * settings give the address to a client or to the translator: a map (is_mapped, which the caller knows), the dynamic-pool, ipv4-addr,
 * device-address. What the settings accept works both ways.
 */
bool conf_reach_is_martian4(const struct conf_settings *settings, struct in_addr address, bool is_mapped);

#endif
