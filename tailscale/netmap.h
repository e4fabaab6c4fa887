/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled knows of the tailnet: nodes, who may send here, to which resolver names are handed, its own complaints. */
#ifndef TAILSCALE_NETMAP_H
#define TAILSCALE_NETMAP_H

#include "conf/entries.h"
#include "tailscale/value.h"

#include <time.h>

struct conf_report;

struct tailscale_prefixes {
	struct conf_prefix *items;
	size_t count;
};

struct tailscale_node {
	char *name; /* "my-vps.tail1234.ts.net" */
	struct tailscale_prefixes addresses, allowed,
		primary; /* its own; those and the routes that lead to it; the routes it is primary for */
	struct tailscale_prefixes advertised; /* routes that it offers, approved or not, as far as the control plane passes them on */
	struct tailscale_list tags;
	long long user;
	bool online, expired;
	bool shields_up; /* it says that it lets nothing in; a control plane that does not pass that on leaves false */
	time_t key_expiry, created; /* 0: never, not said */
};

/* Resolvers of a domain: split DNS. Without any, tailscaled answers by itself. */
struct tailscale_zone {
	char *suffix;
	struct conf_address *resolvers;
	size_t resolver_count;
	struct tailscale_list others; /* resolvers that are no addresses: "https://..." */
};

/* One line of the packet filter: these may send that. Protocols as bits, 1 << NUMBER for ICMP, TCP, UDP and ICMPv6. */
struct tailscale_match {
	unsigned long long protocols;
	struct tailscale_prefixes sources, targets;
	unsigned short *first, *last; /* ports of each target */
	bool by_capability;           /* others may as well, whom a capability names */
};

/* A complaint of tailscaled. severity: "high", "medium", "low". */
struct tailscale_warning {
	char *code, *severity, *text;
};

/* An address record of the tailnet's own DNS (headscale: dns.extra_records), which every tailscaled answers by itself. */
struct tailscale_record {
	char *name, *value; /* "my-vps.9929", "203.0.113.4" */
};

struct tailscale_netmap {
	struct tailscale_node self, *peers;
	struct tailscale_zone *zones;
	struct tailscale_match *matches;
	struct tailscale_warning *warnings;
	struct tailscale_record *records;
	size_t peer_count, zone_count, match_count, warning_count, record_count;
	struct tailscale_zone global; /* resolvers of all names */
	bool magic_dns, has_health;   /* has_health: warnings were told at all; before 1.74 they are not */
};

/*
 * Ask (watch-ipn-bus, whose first line is the netmap), bounded in size and time. 0; 1 when tailscaled has none, being logged out or before its
 * first word from the control plane; -1. The caller clears it after 0.
 */
int tailscale_netmap_read(const char *socket, struct tailscale_netmap *netmap, struct conf_report *report);

/* The same from the parsed line. */
int tailscale_netmap_parse(const json_t *notify, struct tailscale_netmap *netmap);

/* May a packet of this kind from the address be sent to the target? port: 0 for a protocol without. */
bool tailscale_match_permits(const struct tailscale_match *match, const struct conf_address *source,
			     const struct conf_prefix *target, int protocol, unsigned port);

/* The zone with the longest suffix of the name; NULL. */
const struct tailscale_zone *tailscale_netmap_zone(const struct tailscale_netmap *netmap, const char *name);

/* The node that has the address, the own one among them; NULL. */
const struct tailscale_node *tailscale_netmap_node(const struct tailscale_netmap *netmap,
						   const struct conf_address *address);

/*
 * What tailscaled answers by itself, without a question to the resolver of a zone: an address record of the name, and the node that has the name, the
 * own one among them. The name is without a dot at its end. NULL: none.
 */
const struct tailscale_record *tailscale_netmap_record(const struct tailscale_netmap *netmap, const char *name);
const struct tailscale_node *tailscale_netmap_named(const struct tailscale_netmap *netmap, const char *name);

/* The node other than this one that peers send this prefix to; NULL: none, or none that this node sees. */
const struct tailscale_node *tailscale_netmap_primary(const struct tailscale_netmap *netmap,
						      const struct conf_prefix *prefix);

/* Is the address among the node's own? Does a prefix of the list contain all of this one? Is it one of the list, which an exit node's ::/0 is not? */
bool tailscale_node_has(const struct tailscale_node *node, const struct conf_address *address);
bool tailscale_prefixes_cover(const struct tailscale_prefixes *list, const struct conf_prefix *prefix);
bool tailscale_prefixes_have(const struct tailscale_prefixes *list, const struct conf_prefix *prefix);

void tailscale_netmap_clear(struct tailscale_netmap *netmap);

#endif
