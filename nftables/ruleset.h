/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ruleset as data: chains, and rules made of named conditions and one verdict each. */
#ifndef NFTABLES_RULESET_H
#define NFTABLES_RULESET_H

#include "nftables/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nftables_chain {
	const char *name;
	const char *type; /* "filter", "nat"; NULL: a chain that only other chains lead to */
	uint32_t hook;    /* NF_INET_FORWARD... */
	int32_t priority;
};

/* One condition. Those that name a list look it up in its set (sets.h); when that is empty, the rule is not made. */
enum nftables_condition {
	ALWAYS,
	FROM_DEVICE,
	FROM_LOOPBACK,
	FROM_OVERLAY,
	NOT_FROM_OVERLAY,
	TO_DEVICE,
	NOT_TO_DEVICE,
	TO_OVERLAY,
	NOT_FROM_LAN,
	NOT_TO_LAN, /* with a lan-interface alone */
	NOT_TO_LOOPBACK,
	IPV4,
	DESTINATION_MULTICAST6,
	ERROR_UNREACHABLE,
	ERROR_TIME_EXCEEDED,
	ERROR_PARAMETER,
	ERROR_ICMPV6,
	ESTABLISHED_OR_RELATED,
	INVALID,
	REPLY_DIRECTION,
	MARKED,
	SOURCE_IN_PREFIX,
	SOURCE_IN_POOL,
	SOURCE_IN_OVERLAY, /* lists of addresses from here on */
	SOURCE_OF_TRANSLATOR6,
	SOURCE_OF_TRANSLATOR4,
	DESTINATION_OF_TRANSLATOR6,
	SOURCE_IN_TWIN,
	DESTINATION_IN_TWIN,
	WAS_TO_TWIN,
	WAS_TO_OVERLAY,
	WAS_TO_ANYWHERE,
	SOURCE_ALLOWED4,
	SOURCE_IN_TWIN6,
	DESTINATION_IN_TWIN6,
	WAS_TO_TWIN6,
	WAS_TO_OVERLAY6,
	SOURCE_IN_OVERLAY6,
	DESTINATION_OWN6,
	DESTINATION_DENIED6,
	DESTINATION_BY_OVERLAY6,
	DESTINATION_ANYWHERE6,
	SOURCE_ALLOWED,
	DESTINATION_CLIENT,
	DESTINATION_OWN,
	DESTINATION_MARTIAN,
	DESTINATION_DENIED,
	DESTINATION_BY_OVERLAY,
	DESTINATION_ANYWHERE,
	SOURCE_MAPPED6,
	DESTINATION_MAPPED6,
	DESTINATION_MAPPED4,
	WHEN_ANY_SOURCE,
	WHEN_ANY_SOURCE4,
	WHEN_ANY_DESTINATION,
	WHEN_MAPS,
	WHEN_OVERLAY_ONLY,
	WHEN_NOT_OVERLAY_ONLY,
	WHEN_ERRORS_ARE_VETTED, /* of the settings, these all */
	DESTINATION_HTTP,
	TCP_HTTP, /* the page of http-listen: its IPv4 addresses, its port */
	FRAGMENT6,
	TCP_UNDERWAY,
	NEW_TO_CONNTRACK,
	OF_A_SOCKET,
	OVER_PACKETS,
	OVER_FRAGMENTS,
	OVER_CONNECTIONS,
	OVER_CONNECTIONS4,
	OVER_FRESH,
	OVER_FRESH4 /* what a client does beyond its limit; last in a rule */
};

#define NFTABLES_CONDITIONS 4 /* at most, in one rule */

struct nftables_rule {
	const char *chain;
	enum nftables_condition conditions[NFTABLES_CONDITIONS]; /* all of them; ALWAYS fills up */
	enum {
		ACCEPT,
		DROP,
		GOTO,
		MASQUERADE,
		CLEAR_MARK,
		MOVE_FROM_TWIN,
		MOVE_FROM_TWIN6,
		SPEAK_FOR_TRANSLATOR, /* its IPv6 address becomes the source; the packet goes on to the next rule */
		COUNT_DROP            /* with a counter that has no name */
	} verdict;
	enum nftables_counter counter; /* of all but ACCEPT, GOTO, SPEAK_FOR_TRANSLATOR and COUNT_DROP */
	const char *target;            /* of GOTO */
	const char *comment;           /* what the rule says, in nft(8)'s list and in our messages */
};

extern const struct nftables_chain nftables_chains[];
extern const size_t nftables_chain_count;
/* What counts for each client: a set that the packets themselves fill, for as long as a client does something. */
struct nftables_meter {
	const char *name;
	enum nftables_condition condition;
	int family;      /* AF_INET or AF_INET6: of the client's address, or its network */
	unsigned bursts; /* a rate a second, this part of which may come at once; 0: connections at once */
};

#define NFTABLES_METERS 6
extern const struct nftables_meter nftables_meters[NFTABLES_METERS];

extern const struct nftables_rule nftables_rules[];
extern const size_t nftables_rule_count;

/* What the second table (hold.c) has besides our chains of type nat. */
extern const struct nftables_chain nftables_hold_chains[];
extern const size_t nftables_hold_chain_count;
extern const struct nftables_rule nftables_hold_rules[];
extern const size_t nftables_hold_rule_count;

#endif
