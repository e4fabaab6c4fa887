/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What RFC 7915 says of the headers of a packet that is translated, once for the packet core and for the program in the kernel (nat64/bpf), which has no C
 * library: lengths, protocols, both IP headers. Addresses are words in network order.
 */
#ifndef NAT64_CORE_RULES_H
#define NAT64_CORE_RULES_H

#include "nat64/core/checksum.h"

#include <stdbool.h>

#define NAT64_DF_ABOVE       1260 /* octets: longer IPv4 packets carry DF (section 5.1) */
#define NAT64_IPV6_LEAST_MTU 1280 /* RFC 8200 section 5; a device below it carries no IPv6 */

enum { NAT64_ICMP = 1, NAT64_ICMPV6 = 58 };

struct nat64_ipv4 {
	uint8_t version_length, traffic_class;
	uint16_t length, identification, fragment;
	uint8_t hop_limit, protocol;
	uint16_t checksum;
	uint32_t source, destination;
};

struct nat64_ipv6 {
	uint32_t version_class_label;
	uint16_t payload;
	uint8_t protocol, hop_limit;
	uint32_t source[4], destination[4];
};

/* Octets behind the IP header of the longest packet on the wire: segment is a super-packet's gso_size or 0, header its transport header. */
static inline uint32_t nat64_longest_payload(uint32_t payload, uint32_t segment, uint32_t header)
{
	return segment && segment + header < payload ? segment + header : payload;
}

/*
 * A packet without Fragment header may be fragmented on its way only when the sender, who sends no IPv6 packet below 1280 octets smaller, could not be
 * told. The segments of a super-packet decide for all of it. longest: nat64_longest_payload().
 */
static inline uint16_t nat64_ipv4_fragment_word(uint32_t longest)
{
	return sizeof(struct nat64_ipv4) + longest > NAT64_DF_ABOVE ? nat64_network16(0x4000) : 0;
}

/* May an IPv6 packet of so many octets leave whole? With DF in IPv4 the device's MTU is the limit, without it offlink-mtu too. */
static inline bool nat64_ipv6_fits(uint32_t length, bool dont_fragment, uint32_t mtu, uint32_t offlink)
{
	return length <= mtu && (dont_fragment || length <= offlink);
}

static inline uint8_t nat64_protocol_to4(uint8_t protocol)
{
	return protocol == NAT64_ICMPV6 ? NAT64_ICMP : protocol;
}

static inline uint8_t nat64_protocol_to6(uint8_t protocol)
{
	return protocol == NAT64_ICMP ? NAT64_ICMPV6 : protocol;
}

/* An IPv4 header without options (section 5.1). The fields that are not named here are the caller's, before nat64_ipv4_seal(). */
static inline void nat64_ipv4_begin(struct nat64_ipv4 *ip, uint8_t traffic_class, uint32_t payload, uint8_t hop_limit,
				    uint8_t protocol)
{
	ip->version_length = 0x45;
	ip->traffic_class = traffic_class;
	ip->length = nat64_network16((uint16_t)(sizeof(*ip) + payload));
	ip->hop_limit = hop_limit;
	ip->protocol = protocol;
	ip->checksum = 0;
}

static inline void nat64_ipv4_seal(struct nat64_ipv4 *ip)
{
	ip->checksum = (uint16_t)~nat64_sum_fold(nat64_sum(ip, sizeof(*ip), 0));
}

/* An IPv6 header (section 4.1) but for its addresses; the flow label is zero. */
static inline void nat64_ipv6_begin(struct nat64_ipv6 *ip6, uint8_t traffic_class, uint32_t payload, uint8_t hop_limit,
				    uint8_t protocol)
{
	ip6->version_class_label = nat64_network32(UINT32_C(6) << 28 | (uint32_t)traffic_class << 20);
	ip6->payload = nat64_network16((uint16_t)payload);
	ip6->protocol = protocol;
	ip6->hop_limit = hop_limit;
}

#endif
