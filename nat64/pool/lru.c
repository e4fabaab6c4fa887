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

void nat64_lru_offer(struct oldest *oldest, int64_t used, uint32_t place)
{
	struct oldest_entry *entries = oldest->entries;
	size_t at = 0;

	if (oldest->count == OLDEST_MAX) {
		if (used >= entries[0].used)
			return;
		memmove(entries, entries + 1, (OLDEST_MAX - 1) * sizeof(*entries)); /* the youngest makes room */
		oldest->count--;
	}
	while (at < oldest->count && entries[at].used > used)
		at++;
	memmove(entries + at + 1, entries + at, (oldest->count - at) * sizeof(*entries));
	entries[at] = (struct oldest_entry){.used = used, .place = place};
	oldest->count++;
}

bool nat64_lru_take(struct oldest *oldest, struct oldest_entry *entry)
{
	if (oldest->count == 0)
		return false;
	*entry = oldest->entries[--oldest->count];
	return true;
}
