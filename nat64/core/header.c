/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP headers of translated packets.
 *
 * RFC 7915 section 4.1 (IPv6 header and Fragment header) and 5.1, 5.1.1 (IPv4 header); the flow label is zero. */
#include "nat64/core/header.h"
#include "nat64/core/offload.h"

static uint8_t protocol_to4(uint8_t protocol)
{
	return protocol == IPPROTO_ICMPV6 ? IPPROTO_ICMP : protocol;
}

static uint8_t protocol_to6(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : protocol;
}

/* A packet without Fragment header may be fragmented on its way only when the sender, who sends no IPv6 packet below
 * 1280 octets smaller, could not be told. The segments of a super-packet decide for all of it. */
static uint16_t fragment_word(const struct nat64_packet *packet, uint32_t length)
{
	if (packet->has_fragment_header)
		return htons((uint16_t)(packet->offset / 8 | (packet->more ? IP_MF : 0)));
	return length > NAT64_DF_ABOVE ? htons(IP_DF) : 0;
}

void nat64_header_write4(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *ends,
			 uint8_t hop_limit, uint32_t payload, uint16_t identification)
{
	struct ip *ip = (struct ip *)at;
	uint32_t total = (uint32_t)sizeof(*ip) + payload,
		 header = packet->segment ? nat64_offload_transport_header(packet) : 0;
	uint32_t length = (uint32_t)sizeof(*ip) + nat64_longest_payload(payload, packet->segment, header);

	*ip = (struct ip){
		.ip_hl = sizeof(*ip) / 4,
		.ip_v = 4,
		.ip_tos = packet->traffic_class,
		.ip_len = htons((uint16_t)total),
		.ip_id = packet->has_fragment_header ? htons((uint16_t)packet->identification) : identification,
		.ip_off = fragment_word(packet, length),
		.ip_ttl = hop_limit,
		.ip_p = protocol_to4(packet->protocol),
		.ip_src = ends->source4,
		.ip_dst = ends->destination4,
	};
	ip->ip_sum = (uint16_t)~nat64_sum_fold(nat64_sum(ip, sizeof(*ip), 0));
}

static void write6(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *ends,
		   uint8_t hop_limit, uint8_t next, uint32_t payload)
{
	struct ip6_hdr *ip6 = (struct ip6_hdr *)at;

	ip6->ip6_flow = htonl(UINT32_C(6) << 28 | (uint32_t)packet->traffic_class << 20);
	ip6->ip6_plen = htons((uint16_t)payload);
	ip6->ip6_nxt = next;
	ip6->ip6_hlim = hop_limit;
	ip6->ip6_src = ends->source6;
	ip6->ip6_dst = ends->destination6;
}

static void write_fragment(uint8_t *at, const struct nat64_packet *packet, uint32_t offset, bool more)
{
	*(struct ip6_frag *)at = (struct ip6_frag){
		.ip6f_nxt = protocol_to6(packet->protocol),
		.ip6f_offlg = (uint16_t)(htons((uint16_t)offset) | (more ? IP6F_MORE_FRAG : 0)),
		.ip6f_ident = htonl(packet->identification),
	};
}

void nat64_header_write6(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *ends,
			 uint8_t hop_limit, uint32_t payload)
{
	if (!nat64_packet_is_fragment(packet)) {
		write6(at, packet, ends, hop_limit, protocol_to6(packet->protocol), payload);
		return;
	}
	write6(at, packet, ends, hop_limit, IPPROTO_FRAGMENT, payload + NAT64_FRAGMENT_HEADER);
	write_fragment(at + NAT64_IPV6_HEADER, packet, packet->offset, packet->more);
}

void nat64_header_write_fragment(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *ends,
				 uint32_t payload, uint32_t offset, bool more)
{
	write6(at, packet, ends, packet->hop_limit - 1, IPPROTO_FRAGMENT, payload + NAT64_FRAGMENT_HEADER);
	write_fragment(at + NAT64_IPV6_HEADER, packet, offset, more);
}
