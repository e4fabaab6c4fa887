/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dynamic pool: one IPv4 address for each client and prefix.
 *
 * Model. A lease ties one client to one address of the pool; a client is an IPv6 address and the prefix it talks through.
 * A lease never changes but for the time of its last use: a change of address is another lease. Two tables find it: an array by the address's place in the pool, and
 * a hash table by client with a secret key, so that nobody can choose colliding addresses. A bitmap of taken places makes
 * the search for a free one fast.
 *
 * Readers (the packet path) take no lock: they follow RCU pointers and write nothing but the time of the last use, once a
 * second at most. Writers hold the mutex. A lease that is taken out goes to the retired list, which nat64_leases_age() frees
 * after a grace period, so that no thread of liburcu's own is needed.
 *
 * Choice. The search starts at a fold of the client's address, as TAYGA's does (read as little-endian words on every
 * machine), and goes up to the first free place. So a client gets the same address again even when the file of leases is
 * lost, unless its place was taken meanwhile. Further prefixes start at places of their own. The first address of the pool is never leased.
 *
 * Ageing. A lease in use stays. One that is idle (LEASE_IDLE_SECONDS) still works in both directions, but when no place is
 * free, the longest idle one is taken over (nat64/pool/leases_reclaim.c). The take-over swaps its last use for LEASE_GONE with a
 * compare-and-swap: a reader that was quicker keeps the lease, one that is later does not find it.
 *
 * Whether the kernel still tracks a connection of the lease is not asked: what sends no packet for so long, in neither
 * direction, is taken for gone.
 *
 * Moving. Other settings may ask for another pool, which takes over what still fits (nat64/pool/pool.c). The old one is closed
 * meanwhile: a packet that needs a new lease waits at the gate, and is then translated anew with the new pool.
 */
#define _LGPL_SOURCE
#include "nat64/pool/leases.h"

#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_table.h"
#include "nat64/pool/wide.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKETS_MAX 131072u
#define PREFIX_STEP UINT64_C(2654435761) /* spreads the places of one client's prefixes: 2^32 over the golden ratio */

static uint64_t word_of(const struct in6_addr *address, unsigned index)
{
	uint64_t word;

	memcpy(&word, address->s6_addr + 8 * index, sizeof(word));
	return word;
}

/* A keyed hash: two secret words, one wide multiplication, both halves folded. */
static struct cds_hlist_head *bucket_of(const struct leases *leases, const struct nat64_leases_client *client)
{
	uint64_t high = word_of(&client->address, 0) ^ leases->key[0], low = word_of(&client->address, 1) ^ leases->key[1];
	uint64_t hash = nat64_wide_fold(high + client->prefix, low);

	return &leases->by_client[(hash ^ hash >> 32) & leases->bucket_mask];
}

static bool place_of(const struct leases *leases, struct in_addr address, uint32_t *place)
{
	*place = ntohl(address.s_addr) - ntohl(leases->pool.address.s_addr);
	return *place < leases->size;
}

void nat64_leases_reserve(struct leases *leases, const struct conf_prefix4 *range)
{
	uint64_t first = ntohl(leases->pool.address.s_addr), start = ntohl(range->address.s_addr);
	uint64_t end = start + conf_prefix4_size(range);

	if (start < first)
		start = first;
	if (end > first + leases->size)
		end = first + leases->size;
	for (uint64_t address = start; address < end; address++) {
		if (nat64_bitmap_is_taken(leases->taken, address - first))
			continue;
		nat64_bitmap_set(leases->taken, address - first);
		leases->usable--;
	}
}

static void nat64_leases_reserve_one(struct leases *leases, uint32_t place)
{
	struct conf_prefix4 range = {.address = conf_prefix4_address(&leases->pool, place), .length = 32};

	nat64_leases_reserve(leases, &range);
}

static bool tables_allocate(struct leases *leases)
{
	uint64_t buckets = leases->size < BUCKETS_MAX ? leases->size : BUCKETS_MAX;

	leases->bucket_mask = (uint32_t)buckets - 1;
	leases->by_place = calloc(leases->size, sizeof(*leases->by_place));
	leases->by_client = calloc(buckets, sizeof(*leases->by_client));
	leases->taken = nat64_bitmap_new(leases->size);
	if (leases->quota.count)
		leases->networks = nat64_quota_new(leases->quota.length, buckets);
	return leases->by_place && leases->by_client && leases->taken && (!leases->quota.count || leases->networks);
}

struct leases *nat64_leases_new(const struct conf_prefix4 *pool, const struct conf_quota *quota)
{
	struct leases *leases = calloc(1, sizeof(*leases));

	if (!leases)
		return NULL;
	pthread_mutex_init(&leases->gate, NULL);
	pthread_mutex_init(&leases->lock, NULL);
	leases->pool = *pool;
	leases->size = leases->usable = conf_prefix4_size(pool);
	leases->quota = *quota;
	atomic_init(&leases->full_until, INT64_MIN);
	if (!tables_allocate(leases) || getrandom(leases->key, sizeof(leases->key), 0) != sizeof(leases->key)) {
		nat64_leases_free(leases);
		return NULL;
	}
	nat64_leases_reserve_one(leases, 0);
	return leases;
}

/* What was never leased is stepped over. */
struct lease *nat64_leases_from(const struct leases *leases, uint64_t *place)
{
	while ((*place = nat64_bitmap_find_taken(leases->taken, *place)) < leases->size) {
		if (leases->by_place[*place])
			return leases->by_place[*place];
		++*place; /* reserved */
	}
	return NULL;
}

void nat64_leases_free_retired(struct lease *lease)
{
	while (lease) {
		struct lease *next = lease->next_retired;

		free(lease);
		lease = next;
	}
}

void nat64_leases_free(struct leases *leases)
{
	struct lease *lease;

	if (!leases)
		return;
	for (uint64_t place = 0; leases->by_place && leases->taken && (lease = nat64_leases_from(leases, &place)); place++)
		free(lease);
	nat64_leases_free_retired(leases->retired);
	nat64_quota_free(leases->networks);
	free(leases->by_place);
	free(leases->by_client);
	nat64_bitmap_free(leases->taken);
	pthread_mutex_destroy(&leases->lock);
	pthread_mutex_destroy(&leases->gate);
	free(leases);
}

bool lease_touch(struct lease *lease, int64_t now)
{
	int64_t used = atomic_load_explicit(&lease->last_used, memory_order_relaxed);

	while (used < now && used != LEASE_GONE)
		if (atomic_compare_exchange_weak(&lease->last_used, &used, now))
			return true;
	return used != LEASE_GONE;
}

static struct lease *lease_find(const struct leases *leases, const struct nat64_leases_client *client)
{
	struct lease *lease;

	cds_hlist_for_each_entry_rcu_2(
		lease, bucket_of(leases, client),
		by_client) if (lease->client.prefix == client->prefix &&
			       IN6_ARE_ADDR_EQUAL(&lease->client.address, &client->address)) return lease;
	return NULL;
}

struct lease *nat64_leases_by_client(struct leases *leases, const struct nat64_leases_client *client, int64_t now)
{
	struct lease *lease = lease_find(leases, client);

	return lease && lease_touch(lease, now) ? lease : NULL;
}

struct lease *nat64_leases_by_address(struct leases *leases, struct in_addr address, int64_t now)
{
	struct lease *lease;
	uint32_t place;

	if (!place_of(leases, address, &place))
		return NULL;
	lease = rcu_dereference(leases->by_place[place]);
	return lease && lease_touch(lease, now) ? lease : NULL;
}

bool nat64_leases_find(struct leases *leases, const struct nat64_leases_client *client, struct in_addr *address)
{
	const struct lease *lease;

	pthread_mutex_lock(&leases->lock);
	lease = lease_find(leases, client);
	if (lease)
		*address = nat64_lease_address(leases, lease);
	pthread_mutex_unlock(&leases->lock);
	return lease;
}

struct in_addr nat64_lease_address(const struct leases *leases, const struct lease *lease)
{
	return conf_prefix4_address(&leases->pool, lease->place);
}

const struct nat64_leases_client *nat64_lease_client(const struct lease *lease)
{
	return &lease->client;
}

static void traffic_count(struct nat64_leases_traffic *traffic, uint64_t packets, uint64_t octets)
{
	__atomic_fetch_add(&traffic->packets, packets, __ATOMIC_RELAXED);
	__atomic_fetch_add(&traffic->bytes, octets, __ATOMIC_RELAXED);
}

void nat64_lease_count_out(struct lease *lease, uint64_t packets, uint64_t octets)
{
	traffic_count(&lease->out, packets, octets);
}

void nat64_lease_count_in(struct lease *lease, uint64_t packets, uint64_t octets)
{
	traffic_count(&lease->in, packets, octets);
}

/* The fold of a client's address onto the pool: where its search for a free place starts. */
static uint32_t place_preferred(const struct leases *leases, const struct nat64_leases_client *client)
{
	unsigned bits = 32 - leases->pool.length;
	uint64_t mask = leases->size - 1, fold = client->prefix * PREFIX_STEP;

	for (unsigned i = 0; i < 16; i += 4) {
		const uint8_t *octet = client->address.s6_addr + i;

		fold += octet[0] | (uint32_t)octet[1] << 8 | (uint32_t)octet[2] << 16 | (uint32_t)octet[3] << 24;
		fold &= UINT32_MAX;
		while (fold > mask)
			fold = (fold & mask) + (fold >> bits);
	}
	return (uint32_t)fold;
}

static bool place_free(const struct leases *leases, const struct nat64_leases_client *client, uint32_t *place)
{
	if (leases->held >= leases->usable)
		return false;
	*place = (uint32_t)nat64_bitmap_find_free(leases->taken, place_preferred(leases, client));
	return true;
}

/* Take a lease out of all tables; readers may still hold it. */
static void lease_retire(struct leases *leases, struct lease *lease)
{
	lease_shared_end(leases, lease);
	cds_hlist_del_rcu(&lease->by_client);
	rcu_assign_pointer(leases->by_place[lease->place], NULL);
	nat64_bitmap_release(leases->taken, lease->place);
	if (leases->networks)
		nat64_quota_leave(leases->networks, &lease->client.address);
	lease->next_retired = leases->retired;
	leases->retired = lease;
	leases->held--;
}

/* Retire a lease unless somebody uses it right now. */
bool nat64_leases_take_over(struct leases *leases, struct lease *lease, int64_t last_used)
{
	if (!atomic_compare_exchange_strong(&lease->last_used, &last_used, LEASE_GONE))
		return false;
	lease_retire(leases, lease);
	return true;
}

/* NULL: out of memory. */
static struct lease *lease_insert(struct leases *leases, const struct nat64_leases_client *client, uint32_t place,
				  int64_t now)
{
	struct lease *lease = calloc(1, sizeof(*lease));

	if (!lease || (leases->networks && !nat64_quota_enter(leases->networks, &client->address))) {
		free(lease);
		return NULL;
	}
	lease->client = *client;
	lease->place = place;
	lease->since = now;
	atomic_init(&lease->last_used, now);
	lease_shared_begin(leases, lease);
	nat64_bitmap_set(leases->taken, place);
	leases->held++;
	cds_hlist_add_head_rcu(&lease->by_client, bucket_of(leases, client));
	rcu_assign_pointer(leases->by_place[place], lease);
	atomic_fetch_add(&leases->generation, 1);
	return lease;
}

static enum nat64_leases_result lease_create(struct leases *leases, const struct nat64_leases_client *client,
					     int64_t now, struct lease **lease)
{
	bool share = leases->networks && nat64_quota_count(leases->networks, &client->address) >= leases->quota.count;
	uint32_t place;

	if (share && !nat64_leases_reclaim_network(leases, client, now, &place)) {
		leases->refused_network++;
		return LEASES_NETWORK_FULL;
	}
	if (!share && !place_free(leases, client, &place) && !nat64_leases_reclaim(leases, now, &place)) {
		atomic_fetch_add(&leases->refused_full, 1);
		return LEASES_POOL_FULL;
	}
	*lease = lease_insert(leases, client, place, now);
	if (!*lease)
		return LEASES_NO_MEMORY;
	leases->assigned++;
	return LEASES_OK;
}

enum nat64_leases_result nat64_leases_assign(struct leases *leases, const struct nat64_leases_client *client,
					     int64_t now, struct lease **lease)
{
	enum nat64_leases_result result = LEASES_OK;

	*lease = nat64_leases_by_client(leases, client, now);
	if (*lease)
		return LEASES_OK;
	if (now < atomic_load_explicit(&leases->full_until, memory_order_relaxed)) {
		atomic_fetch_add(&leases->refused_full, 1);
		return LEASES_POOL_FULL;
	}
	pthread_mutex_lock(&leases->lock);
	*lease = nat64_leases_by_client(leases, client, now);
	if (leases->closed)
		result = LEASES_CLOSED;
	else if (!*lease) /* nobody was quicker */
		result = lease_create(leases, client, now, lease);
	pthread_mutex_unlock(&leases->lock);
	if (result != LEASES_CLOSED)
		return result;
	pthread_mutex_lock(&leases->gate);
	pthread_mutex_unlock(&leases->gate);
	return LEASES_CLOSED;
}

void nat64_leases_close(struct leases *leases)
{
	pthread_mutex_lock(&leases->gate);
	pthread_mutex_lock(&leases->lock);
	leases->closed = true;
	pthread_mutex_unlock(&leases->lock);
}

void nat64_leases_release(struct leases *leases)
{
	pthread_mutex_unlock(&leases->gate);
}

enum nat64_leases_restored nat64_leases_restore(struct leases *leases, const struct nat64_leases_entry *entry)
{
	enum nat64_leases_restored result = LEASES_RESTORED;
	struct lease *lease = NULL;
	uint32_t place;

	if (!place_of(leases, entry->address, &place))
		return LEASES_OUTSIDE;
	pthread_mutex_lock(&leases->lock);
	if (leases->by_place[place])
		result = LEASES_TAKEN;
	else if (nat64_bitmap_is_taken(leases->taken, place))
		result = LEASES_RESERVED;
	else if (lease_find(leases, &entry->client) ||
		 !(lease = lease_insert(leases, &entry->client, place, entry->last_used)))
		result = LEASES_CLIENT_TWICE;
	if (lease) {
		lease->since = entry->since;
		lease->out = entry->out;
		lease->in = entry->in;
	}
	pthread_mutex_unlock(&leases->lock);
	return result;
}

bool nat64_leases_forget_one(struct leases *leases, struct in_addr address)
{
	struct lease *lease = NULL;
	uint32_t place;

	if (!place_of(leases, address, &place))
		return false;
	pthread_mutex_lock(&leases->lock);
	lease = leases->by_place[place];
	while (lease && !nat64_leases_take_over(leases, lease, atomic_load(&lease->last_used)))
		;
	if (lease) {
		atomic_fetch_add(&leases->generation, 1);
		atomic_store(&leases->full_until, INT64_MIN);
	}
	pthread_mutex_unlock(&leases->lock);
	return lease;
}
