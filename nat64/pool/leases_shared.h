/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leases as the fast path sees them. */
#ifndef NAT64_POOL_LEASES_SHARED_H
#define NAT64_POOL_LEASES_SHARED_H

#include "nat64/pool/shared.h"

#include <stdbool.h>
#include <stdint.h>

struct lease;
struct leases;

/*
 * Share the leases that there are and all that come. From here on a lease that ends is closed in the fast path first. Before the first packet, or with the
 * fast path closed: what the entries have counted for leases before these is forgotten.
 */
void nat64_leases_share(struct leases *leases, struct nat64_leases_shared shared);

/* Which lease the fast path may go by, and which generation of it. False: none. */
bool lease_is_shared(const struct leases *leases, const struct lease *lease, uint32_t *index, uint32_t *generation);

#endif
