/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks over the whole pool: forgetting, copying, summing up. They let go of the lock every PART places, so that a new
 * client waits microseconds; what changes behind them is seen next time.
 */
#define _LGPL_SOURCE
#include "nat64/pool/leases_walk.h"
#include "nat64/pool/leases_table.h"

#define PART 4096

/* A part of nat64_leases_forget(), from *place on. False at the end of the pool. */
static bool part_forget(struct leases *leases, int64_t last_used, uint64_t *place, uint64_t *count)
{
	uint64_t end = *place + PART;
	struct lease *lease = NULL;

	pthread_mutex_lock(&leases->lock);
	for (; *place < end && (lease = nat64_leases_from(leases, place)); ++*place) {
		int64_t used = lease_settle(leases, lease);

		while (used <= last_used && !nat64_leases_take_over(leases, lease, used))
			used = lease_settle(leases, lease);
		*count += used <= last_used;
	}
	pthread_mutex_unlock(&leases->lock);
	return lease;
}

uint64_t nat64_leases_forget(struct leases *leases, int64_t last_used)
{
	uint64_t place = 0, count = 0;

	while (part_forget(leases, last_used, &place, &count))
		;
	if (count) {
		atomic_fetch_add(&leases->generation, 1);
		atomic_store(&leases->full_until, INT64_MIN);
	}
	return count;
}

void nat64_leases_age(struct leases *leases, int64_t now)
{
	struct lease *retired;

	nat64_leases_forget(leases, now - LEASE_KEEP_SECONDS - 1);
	pthread_mutex_lock(&leases->lock);
	retired = leases->retired;
	leases->retired = NULL;
	pthread_mutex_unlock(&leases->lock);
	if (retired)
		urcu_memb_synchronize_rcu();
	nat64_leases_free_retired(retired);
}

static struct nat64_leases_traffic traffic_read(const struct nat64_leases_traffic *traffic)
{
	return (struct nat64_leases_traffic){.packets = __atomic_load_n(&traffic->packets, __ATOMIC_RELAXED),
					     .bytes = __atomic_load_n(&traffic->bytes, __ATOMIC_RELAXED)};
}

static struct nat64_leases_entry entry_of(const struct leases *leases, const struct lease *lease)
{
	struct nat64_leases_entry entry = {
		.address = nat64_lease_address(leases, lease),
		.client = lease->client,
		.since = lease->since,
		.last_used = lease_last_used(leases, lease),
		.out = traffic_read(&lease->out),
		.in = traffic_read(&lease->in),
	};

	lease_shared_counts(leases, lease, &entry.out, &entry.in);
	return entry;
}

size_t nat64_leases_copy(struct leases *leases, uint64_t *place, struct nat64_leases_entry *entries, size_t room)
{
	const struct lease *lease;
	size_t count = 0;

	pthread_mutex_lock(&leases->lock);
	for (; count < room && (lease = nat64_leases_from(leases, place)); ++*place)
		entries[count++] = entry_of(leases, lease);
	pthread_mutex_unlock(&leases->lock);
	return count;
}

void nat64_leases_summarize(struct leases *leases, struct nat64_leases_summary *summary)
{
	pthread_mutex_lock(&leases->lock);
	*summary = (struct nat64_leases_summary){
		.usable = leases->usable,
		.held = leases->held,
		.assigned = leases->assigned,
		.reassigned = leases->reassigned,
		.refused_full = atomic_load_explicit(&leases->refused_full, memory_order_relaxed),
		.refused_network = leases->refused_network,
	};
	pthread_mutex_unlock(&leases->lock);
}

uint64_t nat64_leases_generation(const struct leases *leases)
{
	return atomic_load_explicit(&leases->generation, memory_order_relaxed);
}
