/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few longest unused leases of a pool.
 *
 * A sorted array. Most leases that a walk comes across are younger than all that are kept, which one comparison tells.
 * What is kept stays the longest unused of the pool until it is used again: every other lease only becomes younger. So the
 * user compares the last use before he takes a lease away, and walks again when the array is empty.
 */
#include "nat64/pool/lru.h"

#include <string.h>

void nat64_lru_offer(struct nat64_lru *lru, int64_t used, uint32_t place)
{
	struct nat64_lru_entry *entries = lru->entries;
	size_t at = 0;

	if (lru->count == NAT64_LRU_MAX) {
		if (used >= entries[0].used)
			return;
		memmove(entries, entries + 1, (NAT64_LRU_MAX - 1) * sizeof(*entries)); /* the youngest makes room */
		lru->count--;
	}
	while (at < lru->count && entries[at].used > used)
		at++;
	memmove(entries + at + 1, entries + at, (lru->count - at) * sizeof(*entries));
	entries[at] = (struct nat64_lru_entry){.used = used, .place = place};
	lru->count++;
}

bool nat64_lru_pop(struct nat64_lru *lru, struct nat64_lru_entry *entry)
{
	if (lru->count == 0)
		return false;
	*entry = lru->entries[--lru->count];
	return true;
}
