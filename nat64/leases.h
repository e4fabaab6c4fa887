/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dynamic pool: one IPv4 address for each client and prefix. Theory of operation: leases.c. */
#ifndef NAT64_LEASES_H
#define NAT64_LEASES_H

#include "conf/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times are whole seconds of one clock that never steps (CLOCK_BOOTTIME); the caller reads it. They may be negative. */
#define LEASE_IDLE_SECONDS (124 * 60)          /* unused so long, another client may take it (RFC 5382 REQ-5) */
#define LEASE_KEEP_SECONDS (14 * 24 * 60 * 60) /* unused so long, it is forgotten */

struct leases;

/* Who holds a lease: an IPv6 address, and which of the relay's prefixes it talks through, so that answers come from there. */
struct leases_client {
	struct in6_addr address;
	unsigned prefix; /* index of conf_settings.prefixes */
};

enum leases_result { LEASES_OK, LEASES_POOL_FULL, LEASES_SITE_FULL, LEASES_NO_MEMORY };
enum leases_restored { LEASES_RESTORED, LEASES_OUTSIDE, LEASES_RESERVED, LEASES_TAKEN, LEASES_CLIENT_TWICE };

struct leases_summary {
	uint64_t usable;         /* addresses that may be leased */
	uint64_t held;           /* of these, how many a client has, idle ones included */
	uint64_t assigned;       /* since the start: new assignments, */
	uint64_t reassigned;     /* addresses taken over from an idle client, */
	uint64_t refused_full;   /* clients turned away because no address was free or idle, */
	uint64_t refused_site;   /* and because their /64 holds its share already */
};

struct leases_entry {
	struct in_addr address;
	struct leases_client client;
	int64_t last_used;
};

/* An empty pool. site_limit: how many addresses the clients of one /64 may hold, 0 for no limit. NULL: out of memory. */
struct leases *leases_new(const struct conf_prefix4 *pool, uint64_t site_limit);
void leases_free(struct leases *leases);

/* Keep a range out of the pool for good. Before the first lease only. */
void leases_reserve(struct leases *leases, const struct conf_prefix4 *range);

/* Look-ups without a lock, from threads registered with liburcu-memb. They mark the lease as used now. */
bool leases_address_of(struct leases *leases, const struct leases_client *client, int64_t now, struct in_addr *address);
bool leases_client_of(struct leases *leases, struct in_addr address, int64_t now, struct leases_client *client);

/* The client's lease, a new one when it has none. Takes a lock. */
enum leases_result leases_assign(struct leases *leases, const struct leases_client *client, int64_t now,
				 struct in_addr *address);

/* Put back a lease of an earlier run, before the first packet. */
enum leases_restored leases_restore(struct leases *leases, struct in_addr address, const struct leases_client *client,
				    int64_t last_used);

/* Forget what was unused for LEASE_KEEP_SECONDS and free what readers have let go of. Not from a reader. */
void leases_age(struct leases *leases, int64_t now);

/* Copy up to room leases by address, from *place on (0 at first), which moves along; 0 at the end. */
size_t leases_copy(struct leases *leases, uint64_t *place, struct leases_entry *entries, size_t room);
void leases_summarize(struct leases *leases, struct leases_summary *summary);

/* Counts up with each assignment, take-over and forgotten lease: what is on disk is stale when it moved. No lock. */
uint64_t leases_generation(const struct leases *leases);

#endif
