/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624), as sums of words in memory order.
 * The program in the kernel (nat64/bpf) includes this header too, and has no C library.
 */
#ifndef NAT64_CORE_CHECKSUM_H
#define NAT64_CORE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Add length octets to a sum. Words of 32 bits give the same residue as words of 16. */
static inline uint64_t nat64_sum(const void *data, size_t length, uint64_t sum)
{
	const uint8_t *at = data;
	uint32_t word = 0;

	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		__builtin_memcpy(&word, at, sizeof(word));
		sum += word;
	}
	if (!length)
		return sum;
	word = 0;
	__builtin_memcpy(&word, at, length);
	return sum + word;
}

/* The sum as 16 bits; zero only for an empty sum. */
static inline uint16_t nat64_sum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

/* Numbers in network order: htonl(3), htons(3). */
static inline uint32_t nat64_network32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return value;
#else
	return __builtin_bswap32(value);
#endif
}

static inline uint16_t nat64_network16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return value;
#else
	return __builtin_bswap16(value);
#endif
}

/* What a pseudo-header has behind its addresses: length and protocol (RFC 8200 section 8.1). */
static inline uint64_t nat64_sum_pseudo(uint32_t length, uint8_t protocol)
{
	return (uint64_t)nat64_network32(length) + nat64_network32(protocol);
}

/* A complete checksum after words of the sum `removed` gave way to `added` (RFC 1624 equation 3). */
static inline uint16_t nat64_checksum_adjust(uint16_t checksum, uint64_t removed, uint64_t added)
{
	return (uint16_t)~nat64_sum_fold(added + (uint16_t)~checksum + (uint16_t)~nat64_sum_fold(removed));
}

/* What to add to a sum in which words of the sum `removed` give way to `added`. */
static inline uint32_t nat64_sum_difference(uint64_t removed, uint64_t added)
{
	return (uint32_t)nat64_sum_fold(added) + (uint16_t)~nat64_sum_fold(removed);
}

/* nat64_checksum_adjust() for a partial checksum: the field holds the pseudo-header's sum, not inverted. */
static inline uint16_t nat64_checksum_adjust_partial(uint16_t sum, uint64_t removed, uint64_t added)
{
	return nat64_sum_fold(added + sum + (uint16_t)~nat64_sum_fold(removed));
}

#endif
