/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 identifications: a pseudo-random function of a counter.
 *
 * RFC 7739 section 5.2 allows plain random numbers where a collision does little harm. Here it does little: an IPv4 packet
 * made of an unfragmented IPv6 packet is at most 1260 octets long when it may be fragmented at all, and the others
 * carry DF. The function is SipHash-1-3 of one 64-bit word: who sees any number of results learns nothing of the next. */
#include "nat64/core/identification.h"

#include <endian.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void mix(struct state *s)
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

static inline void absorb(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s);
	s->v0 ^= word;
}

uint16_t nat64_identification_next(struct nat64_identification *identification)
{
	uint64_t k0 = identification->key[0], k1 = identification->key[1];
	struct state s = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			  k1 ^ 0x7465646279746573};

	absorb(&s, identification->counter++);
	absorb(&s, (uint64_t)sizeof(uint64_t) << 56);
	s.v2 ^= 0xff;
	mix(&s);
	mix(&s);
	mix(&s);
	return htole16((uint16_t)(s.v0 ^ s.v1 ^ s.v2 ^ s.v3));
}
