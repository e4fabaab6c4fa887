/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP headers of translated packets.
 *
 * RFC 7915 section 4.1 (IPv6 header and Fragment header) and 5.1, 5.1.1 (IPv4 header); the flow label is zero.
 *
 * IPv4 identifications are a pseudo-random function of a counter.
 *
 * RFC 7739 section 5.2 allows plain random numbers where a collision does little harm. Here it does little: an IPv4 packet
 * made of an unfragmented IPv6 packet is at most 1260 octets long when it may be fragmented at all, and the others
 * carry DF. The function is SipHash-1-3 of one 64-bit word: who sees any number of results learns nothing of the next.
 */
#include "nat64/core/header.h"

#include "nat64/core/offload.h"

#include <endian.h>
#include <stdint.h>

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

struct siphash {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void mix(struct siphash *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void absorb(struct siphash *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s);
	s->v0 ^= word;
}

uint16_t nat64_identification_next(struct nat64_identification *identification)
{
	uint64_t k0 = identification->key[0], k1 = identification->key[1];
	struct siphash s = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			    k1 ^ 0x7465646279746573};

	absorb(&s, identification->counter++);
	absorb(&s, (uint64_t)sizeof(uint64_t) << 56);
	s.v2 ^= 0xff;
	mix(&s);
	mix(&s);
	mix(&s);
	return htole16((uint16_t)(s.v0 ^ s.v1 ^ s.v2 ^ s.v3));
}
