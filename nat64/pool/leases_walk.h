/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All leases, one after the other: to be counted, written to disk, forgotten. */
#ifndef NAT64_POOL_LEASES_WALK_H
#define NAT64_POOL_LEASES_WALK_H

#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"

#include <stddef.h>
#include <stdint.h>

struct nat64_leases_summary {
	uint64_t usable;          /* addresses that may be leased */
	uint64_t held;            /* of these, how many a client has, idle ones included */
	uint64_t assigned;        /* since the start: new assignments, */
	uint64_t reassigned;      /* addresses taken over from an idle client, */
	uint64_t refused_full;    /* clients turned away because no address was free or idle, */
	uint64_t refused_network; /* and because their network holds its share already */
};

/* Forget every lease last used at this time or before, in use or not; how many there were. nat64_leases_age() frees them. */
uint64_t nat64_leases_forget(struct leases *leases, int64_t last_used);
/* Forget what was unused for LEASE_KEEP_SECONDS and free what readers have let go of. Not from a reader. */
void nat64_leases_age(struct leases *leases, int64_t now);

/* Copy up to room leases by address, from *place on (0 for the pool's first address), which moves along; 0 at the end. */
size_t nat64_leases_copy(struct leases *leases, uint64_t *place, struct nat64_leases_entry *entries, size_t room);
void nat64_leases_summarize(struct leases *leases, struct nat64_leases_summary *summary);

/* Counts up with each assignment, take-over and forgotten lease: what is on disk is stale when it moved. No lock. */
uint64_t nat64_leases_generation(const struct leases *leases);

#endif
