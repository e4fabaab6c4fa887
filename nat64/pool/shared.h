/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that the leases and the program in the kernel share: an entry for each address of the pool, and a use in each stripe. */
#ifndef NAT64_POOL_SHARED_H
#define NAT64_POOL_SHARED_H

#include "nat64/bpf/plain.h"

#include <stdint.h>

/* All zero: there is no fast path. Leases from the count-th address of the pool on have no entry. */
struct nat64_leases_shared {
	struct plain_lease *entries;
	struct plain_use *uses; /* stripe after stripe, count of them each */
	uint64_t count;
	unsigned stripes;
};

#endif
