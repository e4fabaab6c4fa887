/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call of nat64_translate: what its steps hand to each other. */
#ifndef NAT64_CORE_PACKET_CONTEXT_H
#define NAT64_CORE_PACKET_CONTEXT_H

#include "nat64/core/checksum.h"
#include "nat64/core/context.h"
#include "nat64/core/packet.h"

#include <arpa/inet.h>
#include <string.h>

/* Both endpoints of a packet in both families. */
struct nat64_endpoints {
	struct in6_addr source6, destination6;
	struct in_addr source4, destination4;
};

struct nat64_packet_context {
	struct nat64_context *context;
	struct nat64_result *result;
	struct nat64_packet packet;
	struct nat64_endpoints endpoints;
	bool needs_lease;     /* the IPv6 source is in no map and no prefix */
	bool from_map;        /* the IPv6 source is in a map */
	unsigned prefix;      /* the client's, an index of settings->common.prefixes */
	bool hairpin_second;  /* second half of a hairpin: IPv4 that never left the core */
	bool hairpin_first;   /* first half: the IPv4 destination is a client as well */
	uint32_t icmp_length; /* of the whole message that a first fragment begins; 0: not known */
	uint32_t value;       /* MTU or pointer of the ICMP error to answer with */
	size_t scratch_used;
	struct nat64_fragment_slot *released; /* a first fragment that waited in the queue, and goes on now */
};

static inline uint64_t nat64_endpoints_sum4(const struct nat64_endpoints *endpoints)
{
	return (uint64_t)endpoints->source4.s_addr + endpoints->destination4.s_addr;
}

static inline uint64_t nat64_endpoints_sum6(const struct nat64_endpoints *endpoints)
{
	return nat64_sum(&endpoints->source6, sizeof(endpoints->source6),
			 nat64_sum(&endpoints->destination6, sizeof(endpoints->destination6), 0));
}

/* Translate the packet of the context. NAT64_REASON_NONE: frames were added. */
enum nat64_reason nat64_to4(struct nat64_packet_context *job);
enum nat64_reason nat64_to6(struct nat64_packet_context *job);

#endif
