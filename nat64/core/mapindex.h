/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The longest of many prefixes that holds an address, in a time that does not depend on how many there are. */
#ifndef NAT64_CORE_MAPINDEX_H
#define NAT64_CORE_MAPINDEX_H

#include <endian.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An address as two words in host order, first octet highest; IPv4 is in the upper half of the first. */
struct nat64_key {
	uint64_t high, low;
};

struct nat64_mapindex;

static inline struct nat64_key nat64_key_of6(const struct in6_addr *address)
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	return (struct nat64_key){be64toh(words[0]), be64toh(words[1])};
}

static inline struct nat64_key nat64_key_of4(struct in_addr address)
{
	return (struct nat64_key){(uint64_t)be32toh(address.s_addr) << 32, 0};
}

/* An index for up to count prefixes; NULL when memory is short. Free it with free. */
struct nat64_mapindex *nat64_mapindex_new(size_t count);

/* Add a prefix of length 0 to 128 bits with its value, as many as _new was told at most. Of two that are the same the first counts. */
void nat64_mapindex_add(struct nat64_mapindex *index, struct nat64_key prefix, unsigned length, uint32_t value);

/* The value of the longest prefix that holds the address; -1 when none does. */
int64_t nat64_mapindex_find(const struct nat64_mapindex *index, struct nat64_key address);

#endif
