/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet filter that the control plane hands to a node. */
#ifndef TAILSCALE_MATCH_H
#define TAILSCALE_MATCH_H

#include "tailscale/node.h"

#include <stdbool.h>

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
