/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP headers of translated packets.
 *
 * RFC 7915 section 4.1 (IPv6 header and Fragment header) and 5.1, 5.1.1 (IPv4 header); the flow label is zero. */
#include "nat64/core/header.h"
#include "nat64/core/offload.h"

void nat64_header_write4(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *endpoints,
			 uint8_t hop_limit, uint32_t payload, uint16_t identification)
{
	uint32_t header = packet->segment ? nat64_offload_transport_header(packet) : 0;
	struct nat64_ipv4 *ip = (struct nat64_ipv4 *)at;

	nat64_ipv4_begin(ip, packet->traffic_class, payload, hop_limit, nat64_protocol_to4(packet->protocol));
	if (packet->has_fragment_header) {
		ip->identification = htons((uint16_t)packet->identification);
		ip->fragment = htons((uint16_t)(packet->offset / 8 | (packet->more ? IP_MF : 0)));
	} else {
		ip->identification = identification;
		ip->fragment = nat64_ipv4_fragment_word(nat64_longest_payload(payload, packet->segment, header));
	}
	ip->source = endpoints->source4.s_addr;
	ip->destination = endpoints->destination4.s_addr;
	nat64_ipv4_seal(ip);
}

static void write6(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *endpoints,
		   uint8_t hop_limit, uint8_t next, uint32_t payload)
{
	struct nat64_ipv6 *ip6 = (struct nat64_ipv6 *)at;

	nat64_ipv6_begin(ip6, packet->traffic_class, payload, hop_limit, next);
	memcpy(ip6->source, &endpoints->source6, sizeof(ip6->source));
	memcpy(ip6->destination, &endpoints->destination6, sizeof(ip6->destination));
}

static void write_fragment(uint8_t *at, const struct nat64_packet *packet, uint32_t offset, bool more)
{
	*(struct ip6_frag *)at = (struct ip6_frag){
		.ip6f_nxt = nat64_protocol_to6(packet->protocol),
		.ip6f_offlg = (uint16_t)(htons((uint16_t)offset) | (more ? IP6F_MORE_FRAG : 0)),
		.ip6f_ident = htonl(packet->identification),
	};
}

void nat64_header_write6(uint8_t *at, const struct nat64_packet *packet, const struct nat64_endpoints *endpoints,
			 uint8_t hop_limit, uint32_t payload)
{
	if (!nat64_packet_is_fragment(packet)) {
		write6(at, packet, endpoints, hop_limit, nat64_protocol_to6(packet->protocol), payload);
		return;
	}
	write6(at, packet, endpoints, hop_limit, IPPROTO_FRAGMENT, payload + NAT64_FRAGMENT_HEADER);
	write_fragment(at + NAT64_IPV6_HEADER, packet, packet->offset, packet->more);
}

void nat64_header_write_fragment(uint8_t *at, const struct nat64_packet *packet,
				 const struct nat64_endpoints *endpoints, uint32_t payload, uint32_t offset, bool more)
{
	write6(at, packet, endpoints, packet->hop_limit - 1, IPPROTO_FRAGMENT, payload + NAT64_FRAGMENT_HEADER);
	write_fragment(at + NAT64_IPV6_HEADER, packet, offset, more);
}
