/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node of the tailnet, as tailscaled knows it, and the packet filter that the control plane hands to it. */
#ifndef TAILSCALE_NODE_H
#define TAILSCALE_NODE_H

#include "conf/entries.h"
#include "tailscale/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

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

/* Is the address among the node's own? Does a prefix of the list contain all of this one? Is it one of the list, which an exit node's ::/0 is not? */
bool tailscale_node_has(const struct tailscale_node *node, const struct conf_address *address);
bool tailscale_prefixes_cover(const struct tailscale_prefixes *list, const struct conf_prefix *prefix);
bool tailscale_prefixes_have(const struct tailscale_prefixes *list, const struct conf_prefix *prefix);

/* One line of the packet filter: these may send that. Protocols as bits, 1 << NUMBER for ICMP, TCP, UDP and ICMPv6. */
struct tailscale_match {
	unsigned long long protocols;
	struct tailscale_prefixes sources, targets;
	unsigned short *first, *last; /* ports of each target */
	bool by_capability;           /* others may as well, whom a capability names */
};

/* May a packet of this kind from the address be sent to the target? port: 0 for a protocol without. */
bool tailscale_match_permits(const struct tailscale_match *match, const struct conf_address *source,
			     const struct conf_prefix *target, int protocol, unsigned port);

#endif
