/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing IP headers, and IPv4 identifications that nobody outside can predict (RFC 7739). */
#ifndef NAT64_CORE_HEADER_H
#define NAT64_CORE_HEADER_H

#include "nat64/core/packet_context.h"
#include "nat64/core/rules.h"

/* Octets of the IPv6 headers of a packet: with a Fragment header when it is a fragment. */
static inline uint32_t nat64_header_octets6(const struct nat64_packet *packet)
{
	return NAT64_IPV6_HEADER + (nat64_packet_is_fragment(packet) ? NAT64_FRAGMENT_HEADER : 0);
}

/* Write the IPv4 header of a packet translated to IPv4. identification is for one that has no Fragment header. */
void nat64_header_write4(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *endpoints,
			 uint8_t hop_limit, uint32_t payload, uint16_t identification);

/* Write the IPv6 header of a packet translated to IPv6, and a Fragment header when the packet is a fragment. */
void nat64_header_write6(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *endpoints,
			 uint8_t hop_limit, uint32_t payload);

/* The same with an own offset, in octets, and more flag: for a segment of the packet. */
void nat64_header_write_fragment(uint8_t *at, const struct nat64_packet *packet,
				 const struct nat64_endpoints *endpoints, uint32_t payload, uint32_t offset, bool more);

/* The next identification, as a header has it: the same octets on every machine. */
uint16_t nat64_identification_next(struct nat64_identification *identification);

#endif
