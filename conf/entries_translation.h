/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one line of relay.conf about translation and its limits holds, where it is more than a word. */
#ifndef CONF_ENTRIES_TRANSLATION_H
#define CONF_ENTRIES_TRANSLATION_H

#include "conf/prefix.h"

#include <stdbool.h>
#include <stddef.h>

/* Where an entry has a line, it is the one of the file that it stands on; 0 for a default. */

/* prefix P/L [SPLIT...]: domain_count 0 serves every split domain. */
struct conf_nat64_prefix {
	struct conf_prefix6 prefix;
	char **domains;
	size_t domain_count;
	unsigned line;
};

/* map V4[/L] V6[/L]: an explicit address mapping (RFC 7757). */
struct conf_map {
	struct conf_prefix4 v4;
	struct conf_prefix6 v6;
	unsigned line; /* 0 in the map-file */
};

/* twin-prefix P/L [OF/L]: addresses of one are those of the other, moved; both have the same length. */
struct conf_twin {
	struct conf_prefix4 twin; /* what clients use */
	struct conf_prefix4 real; /* where targets live */
};

/* twin6-prefix P/L [OF/L]: the same for IPv6. */
struct conf_twin6 {
	struct conf_prefix6 twin;
	struct conf_prefix6 real;
};

/* tun-up, tun-ip, tun-route: what the translator itself does to its device at the start. */
struct conf_tun {
	struct conf_prefix *addresses;
	size_t address_count;
	struct conf_prefix *routes;
	size_t route_count;
	bool up;
};

/* log WORD...: the bit of each word is its place in the list. */
#define CONF_LOG_WORDS                                                                                                 \
	{                                                                                                              \
		"drop", "reject", "icmp", "self", "dyn"                                                                \
	}
enum conf_log { CONF_LOG_DROP = 1, CONF_LOG_REJECT = 2, CONF_LOG_ICMP = 4, CONF_LOG_SELF = 8, CONF_LOG_DYN = 16 };
enum { CONF_LOG_COUNT = 5 };

enum conf_udp_checksum { /* an IPv4 UDP packet with checksum zero (RFC 7915 section 4.5) */
			 CONF_UDP_CHECKSUM_DROP,
			 CONF_UDP_CHECKSUM_CALCULATE,
			 CONF_UDP_CHECKSUM_FORWARD,
};

/* icmp-pool P/L, icmp-rate N: the ICMP errors that the translator sends. */
struct conf_icmp {
	struct conf_prefix4 *pool; /* sources of IPv6 routers' errors; none: the translator's own address */
	size_t pool_count;
	unsigned rate; /* errors a second of each worker; 0: none are sent */
};

/* client-prefix-length L, client-quota N: what the clients of one IPv6 network may hold of the pool. */
struct conf_quota {
	unsigned length; /* of a network, in bits */
	unsigned count;  /* leases at once; 0: no limit */
};

/* client-limit WHAT N: what one client, a network of client-prefix-length, may do; 0: no limit. */
struct conf_limits {
	unsigned packets;     /* a second, into the translator */
	unsigned fragments;   /* of them, a second */
	unsigned connections; /* at once */
	unsigned fresh;       /* new connections, a second */
	unsigned said;        /* a bit for each that the file has a line for */
};

#endif
