/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables behind nat64/pool/leases.h, for leases.c, leases_reclaim.c, leases_shared.c and leases_walk.c alone. */
#ifndef NAT64_POOL_LEASES_TABLE_H
#define NAT64_POOL_LEASES_TABLE_H

#include "conf/entries.h"
#include "nat64/pool/lease.h"
#include "nat64/pool/lru.h"
#include "nat64/pool/bitmap.h"
#include "nat64/pool/shared.h"
#include "nat64/pool/quota.h"

#include <pthread.h>
#include <stdatomic.h>
#include <urcu/rcuhlist.h>
#include <urcu/urcu-memb.h>

#define LEASE_GONE INT64_MIN /* the last use of a lease that was taken out */

struct lease {
	struct cds_hlist_node by_client;
	struct nat64_leases_client client;
	uint32_t place;             /* in the pool */
	uint32_t shared_generation; /* of the place in the fast path, when the lease was made */
	_Atomic int64_t last_used;
	int64_t since;
	struct nat64_leases_traffic out, in; /* added to by several threads */
	struct lease *next_retired;
};

struct leases {
	struct conf_prefix4 pool;
	uint64_t size; /* addresses of the pool, leasable or not */
	uint64_t usable;
	struct conf_quota quota;
	uint64_t key[2];
	uint32_t bucket_mask;
	struct lease **by_place;           /* size of them; RCU */
	struct cds_hlist_head *by_client;  /* bucket_mask + 1 of them; RCU */
	struct nat64_leases_shared shared; /* with the fast path */
	_Atomic uint64_t generation;
	_Atomic int64_t full_until; /* no lease can become idle before */
	_Atomic uint64_t refused_full;

	pthread_mutex_t gate; /* held while the pool is closed; taken without the lock */
	pthread_mutex_t lock; /* of what follows, and of every change of the tables */
	bool closed;
	struct nat64_bitmap *taken;   /* leased or reserved */
	struct nat64_quota *networks; /* leases a network; NULL without a limit */
	struct nat64_lru lru;
	struct lease *retired;
	uint64_t held, assigned, reassigned, refused_network;
	int64_t network_walked; /* the second that network_walks are counted in */
	unsigned network_walks;
};

/* Mark as used now; a second of another thread may be later. False when the lease is being taken over. */
bool lease_touch(struct lease *lease, int64_t now);
/* When nat64d or the fast path used the lease last, in seconds; LEASE_GONE. */
int64_t lease_last_used(const struct leases *leases, const struct lease *lease);
/* The same, noted in the lease: with this value it can be taken over. */
int64_t lease_settle(const struct leases *leases, struct lease *lease);
/* Add what the fast path has counted. */
void lease_shared_counts(const struct leases *leases, const struct lease *lease, struct nat64_leases_traffic *out,
			 struct nat64_leases_traffic *in);
/* With the lock held. The time of a lease in the fast path begins, and ends: before its address is free. */
void lease_shared_begin(const struct leases *leases, struct lease *lease);
void lease_shared_end(const struct leases *leases, const struct lease *lease);
/* With the lock held. The lease at or above *place, which moves there; NULL at the end. */
struct lease *nat64_leases_from(const struct leases *leases, uint64_t *place);
/* With the lock held. Take a lease out unless it was used since last_used, which the caller has read from it. */
bool nat64_leases_take_over(struct leases *leases, struct lease *lease, int64_t last_used);
/* With the lock held. Free the place of the longest idle lease: of all, or of the client's network. False: all are in use. */
bool nat64_leases_reclaim(struct leases *leases, int64_t now, uint32_t *place);
bool nat64_leases_reclaim_network(struct leases *leases, const struct nat64_leases_client *client, int64_t now,
				  uint32_t *place);
/* Free leases that no reader can hold any more. */
void nat64_leases_free_retired(struct lease *lease);

#endif
