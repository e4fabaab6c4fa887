/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dynamic pool: one IPv4 address for each client and prefix. Theory of operation: leases.c. */
#ifndef NAT64_POOL_LEASES_H
#define NAT64_POOL_LEASES_H

#include "conf/address.h"
#include "nat64/pool/lease.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times are whole seconds of one clock that never steps (CLOCK_BOOTTIME); the caller reads it. They may be negative. */
#define LEASE_IDLE_SECONDS  (124 * 60)          /* unused so long, another client may take it (RFC 5382 REQ-5) */
#define LEASE_KEEP_SECONDS  (14 * 24 * 60 * 60) /* unused so long, it is forgotten */
#define LEASE_GRACE_SECONDS (24 * 60 * 60)      /* what comes back from disk is not forgotten before */

struct conf_quota;
struct lease;
struct leases;

enum nat64_leases_result {
	LEASES_OK,
	LEASES_POOL_FULL,
	LEASES_NETWORK_FULL,
	LEASES_NO_MEMORY,
	LEASES_CLOSED, /* another pool has taken this one's place: look there */
};
/* An empty pool. Of each IPv6 network the clients may hold quota->count addresses at once. NULL: out of memory. */
struct leases *nat64_leases_new(const struct conf_prefix4 *pool, const struct conf_quota *quota);
void nat64_leases_free(struct leases *leases);

/* Keep a range out of the pool for good. Before the first lease only. */
void nat64_leases_reserve(struct leases *leases, const struct conf_prefix4 *range);

/* Look-ups without a lock, inside a read-side section of liburcu-memb: the lease is good to its end. They mark it as used
 * now. NULL: there is none. */
struct lease *nat64_leases_by_client(struct leases *leases, const struct nat64_leases_client *client, int64_t now);
struct lease *nat64_leases_by_address(struct leases *leases, struct in_addr address, int64_t now);

struct in_addr nat64_lease_address(const struct leases *leases, const struct lease *lease);
const struct nat64_leases_client *nat64_lease_client(const struct lease *lease);

/* Count what went through a lease. */
void nat64_lease_count_out(struct lease *lease, uint64_t packets, uint64_t octets);
void nat64_lease_count_in(struct lease *lease, uint64_t packets, uint64_t octets);

/* The client's lease, a new one when it has none. Takes a lock; inside a read-side section as well. */
enum nat64_leases_result nat64_leases_assign(struct leases *leases, const struct nat64_leases_client *client,
					     int64_t now, struct lease **lease);

/* Nobody gets a new lease any more: nat64_leases_assign waits for nat64_leases_release(), and then returns LEASES_CLOSED. */
void nat64_leases_close(struct leases *leases);
void nat64_leases_release(struct leases *leases);

/* The address that a client holds, without using it. False: none. With the writers' lock, not for the packet path. */
bool nat64_leases_find(struct leases *leases, const struct nat64_leases_client *client, struct in_addr *address);

/* Forget the lease of one address. False: there is none. */
bool nat64_leases_forget_one(struct leases *leases, struct in_addr address);

#endif
