/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled knows of the tailnet: nodes, who may send here, to which resolver names are handed, its own complaints. */
#ifndef TAILSCALE_NETMAP_H
#define TAILSCALE_NETMAP_H

#include "tailscale/node.h"
#include "tailscale/value.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct conf_address;
struct conf_prefix;
struct conf_report;

/* Resolvers of a domain: split DNS. Without any, tailscaled answers by itself. */
struct tailscale_zone {
	char *suffix;
	struct conf_address *resolvers;
	size_t resolver_count;
	struct tailscale_list others; /* resolvers that are no addresses: "https://..." */
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

void tailscale_netmap_clear(struct tailscale_netmap *netmap);

#endif
