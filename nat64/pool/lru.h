/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few longest unused leases of a pool, found in one walk over it. */
#ifndef NAT64_POOL_LRU_H
#define NAT64_POOL_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAT64_LRU_MAX 256

struct nat64_lru_entry {
	int64_t used; /* the last use, as of the walk */
	uint32_t place;
};

/* All zero is empty. The longest unused comes last. */
struct nat64_lru {
	struct nat64_lru_entry entries[NAT64_LRU_MAX];
	size_t count;
};

/* A lease that the walk came across: kept when it is among the longest unused. */
void nat64_lru_offer(struct nat64_lru *lru, int64_t used, uint32_t place);

/* Take the longest unused one out. False: there is none left, and a new walk is needed. */
bool nat64_lru_pop(struct nat64_lru *lru, struct nat64_lru_entry *entry);

#endif
