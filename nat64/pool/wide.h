/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A wide multiplication, for hashes. */
#ifndef NAT64_POOL_WIDE_H
#define NAT64_POOL_WIDE_H

#include <stdint.h>

/* Both halves of the 128 bits of a product, folded. A compiler for a machine of 32 bit has no type for them: there they are added up of four products. */
static inline uint64_t nat64_wide_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
	uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (uint32_t)middle;

	return (other << 32 | (uint32_t)(a0 * b0)) ^ (a1 * b1 + (middle >> 32) + (other >> 32));
#endif
}

#endif
