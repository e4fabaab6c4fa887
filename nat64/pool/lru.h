/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few longest unused leases of a pool, found in one walk over it. */
#ifndef NAT64_POOL_LRU_H
#define NAT64_POOL_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OLDEST_MAX 256

struct oldest_entry {
	int64_t used; /* the last use, as of the walk */
	uint32_t place;
};

/* All zero is empty. The longest unused comes last. */
struct oldest {
	struct oldest_entry entries[OLDEST_MAX];
	size_t count;
};

/* A lease that the walk came across: kept when it is among the longest unused. */
void nat64_lru_offer(struct oldest *oldest, int64_t used, uint32_t place);

/* Take the longest unused one out. False: there is none left, and a new walk is needed. */
bool nat64_lru_take(struct oldest *oldest, struct oldest_entry *entry);

#endif
