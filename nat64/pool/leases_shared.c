/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leases as the fast path sees them.
 *
 * An entry belongs to an address of the pool, whichever client has it. Its generation tells one client's time from the next one's, and only counts up: the
 * program compares it with the generation that a pair of endpoints was learned with. nat64d writes the generation, the program in one of several stripes
 * the time of last use and what it has counted; who reads a lease adds up all.
 */
#define _LGPL_SOURCE
#include "nat64/pool/leases_shared.h"

#include "nat64/pool/leases_table.h"

#define NS_OF_SECOND UINT64_C(1000000000)

static struct plain_lease *entry_of(const struct leases *leases, const struct lease *lease)
{
	return lease->place < leases->shared.count ? &leases->shared.entries[lease->place] : NULL;
}

static struct plain_use *use_of(const struct leases *leases, const struct lease *lease, unsigned stripe)
{
	return &leases->shared.uses[stripe * leases->shared.count + lease->place];
}

/* The stripes of a lease: none when it has no entry. */
static unsigned stripes_of(const struct leases *leases, const struct lease *lease)
{
	return entry_of(leases, lease) ? leases->shared.stripes : 0;
}

/* The program's times are 0 until it has passed a packet, while a lease that was read from the file may be older than the machine's start: below 0. */
int64_t lease_last_used(const struct leases *leases, const struct lease *lease)
{
	int64_t used = atomic_load_explicit(&lease->last_used, memory_order_relaxed);

	if (used == LEASE_GONE)
		return used;
	for (unsigned i = stripes_of(leases, lease); i--;) {
		uint64_t passed = __atomic_load_n(&use_of(leases, lease, i)->last_used, __ATOMIC_RELAXED);

		if (passed && (int64_t)(passed / NS_OF_SECOND) > used)
			used = (int64_t)(passed / NS_OF_SECOND);
	}
	return used;
}

int64_t lease_settle(const struct leases *leases, struct lease *lease)
{
	int64_t used = lease_last_used(leases, lease);

	lease_touch(lease, used);
	return used;
}

void lease_shared_counts(const struct leases *leases, const struct lease *lease, struct nat64_leases_traffic *out,
			 struct nat64_leases_traffic *in)
{
	for (unsigned i = stripes_of(leases, lease); i--;) {
		const struct plain_use *use = use_of(leases, lease, i);

		out->packets += __atomic_load_n(&use->out_packets, __ATOMIC_RELAXED);
		out->bytes += __atomic_load_n(&use->out_bytes, __ATOMIC_RELAXED);
		in->packets += __atomic_load_n(&use->in_packets, __ATOMIC_RELAXED);
		in->bytes += __atomic_load_n(&use->in_bytes, __ATOMIC_RELAXED);
	}
}

void lease_shared_begin(const struct leases *leases, struct lease *lease)
{
	const struct plain_lease *entry = entry_of(leases, lease);

	if (entry)
		lease->shared_generation = __atomic_load_n(&entry->generation, __ATOMIC_RELAXED);
	for (unsigned i = stripes_of(leases, lease); i--;) {
		struct plain_use *use = use_of(leases, lease, i);

		__atomic_store_n(&use->last_used, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&use->moment, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&use->out_packets, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&use->out_bytes, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&use->in_packets, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&use->in_bytes, 0, __ATOMIC_RELAXED);
	}
}

void lease_shared_end(const struct leases *leases, const struct lease *lease)
{
	struct plain_lease *entry = entry_of(leases, lease);

	if (entry)
		__atomic_fetch_add(&entry->generation, 1, __ATOMIC_SEQ_CST);
}

bool lease_is_shared(const struct leases *leases, const struct lease *lease, uint32_t *index, uint32_t *generation)
{
	*index = lease->place;
	*generation = lease->shared_generation;
	return entry_of(leases, lease);
}

void nat64_leases_share(struct leases *leases, struct nat64_leases_shared shared)
{
	struct lease *lease;

	pthread_mutex_lock(&leases->lock);
	leases->shared = shared;
	for (uint64_t place = 0; (lease = nat64_leases_from(leases, &place)); place++)
		lease_shared_begin(leases, lease);
	pthread_mutex_unlock(&leases->lock);
}
