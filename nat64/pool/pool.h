/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dynamic pool as the settings want it, and leases that move from one pool to another. */
#ifndef NAT64_POOL_POOL_H
#define NAT64_POOL_POOL_H

#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"

struct conf_settings;

/* An empty pool without the addresses that are spoken for. NULL: out of memory. */
struct leases *nat64_pool_make(const struct conf_settings *settings);

/* True when both settings want the very same pool: then its leases can stay as they are. */
bool nat64_pool_is_same(const struct conf_settings *a, const struct conf_settings *b);

/* Put a lease into a pool made by the same settings. LEASES_MAPPED: by these the client needs none. */
enum nat64_leases_restored nat64_pool_restore(struct leases *leases, const struct conf_settings *settings,
					      const struct nat64_leases_entry *entry);

/* A new pool with the leases of an old one that fit it. The old one stays closed: nat64_leases_release() it once the new one has
 * taken its place. NULL, with the old one as it was: out of memory. */
struct leases *nat64_pool_move(struct leases *from, const struct conf_settings *old, const struct conf_settings *settings);

#endif
