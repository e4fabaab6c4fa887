/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking the address of a client that no longer uses it, for one that has none.
 *
 * A full pool is searched whole for its longest idle lease; the search keeps NAT64_LRU_MAX of them, which serve the next
 * take-overs. While none is idle, the time at which the first can become idle is remembered, and clients are refused until then
 * without a search.
 *
 * A network that holds its share gives up the longest idle lease of its own: the hosts of a /64 take new addresses every day
 * (RFC 8981), and would else be shut out by their own old ones until these are forgotten. That is a search for one
 * lease, with the lock held; so of these there are NETWORK_WALKS a second at most, for all networks together.
 */
#define _LGPL_SOURCE
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_table.h"

#define NETWORK_WALKS 16

/* Walk over the pool for the longest unused leases. False, and the time until which nobody need look: all are in use. */
static bool lru_fill(struct leases *leases, int64_t now)
{
	struct lease *lease;
	int64_t first;

	for (uint64_t place = 0; (lease = nat64_leases_from(leases, &place)); place++)
		nat64_lru_offer(&leases->lru, lease_settle(leases, lease), (uint32_t)place);
	first = leases->lru.count ? leases->lru.entries[leases->lru.count - 1].used : now;
	if (first + LEASE_IDLE_SECONDS <= now)
		return true;
	leases->lru.count = 0;
	atomic_store(&leases->full_until, first + LEASE_IDLE_SECONDS);
	return false;
}

bool nat64_leases_reclaim(struct leases *leases, int64_t now, uint32_t *place)
{
	struct nat64_lru_entry entry;
	struct lease *lease;

	for (;;) {
		if (!nat64_lru_pop(&leases->lru, &entry)) {
			if (!lru_fill(leases, now))
				return false;
			continue;
		}
		lease = leases->by_place[entry.place];
		if (lease && entry.used + LEASE_IDLE_SECONDS <= now && lease_settle(leases, lease) == entry.used &&
		    nat64_leases_take_over(leases, lease, entry.used))
			break;
	}
	*place = entry.place;
	leases->reassigned++;
	return true;
}

static bool network_walk_begin(struct leases *leases, int64_t now)
{
	if (leases->network_walked != now)
		leases->network_walks = 0;
	leases->network_walked = now;
	return leases->network_walks++ < NETWORK_WALKS;
}

/* The longest unused lease of the client's network, and when it was last used. NULL: it holds none. */
static struct lease *network_lru(const struct leases *leases, const struct nat64_leases_client *client, int64_t *used)
{
	struct lease *lease, *oldest = NULL;

	*used = INT64_MAX;
	for (uint64_t place = 0; (lease = nat64_leases_from(leases, &place)); place++) {
		int64_t last = lease_settle(leases, lease);

		if (last >= *used || !nat64_quota_are_one(leases->networks, &lease->client.address, &client->address))
			continue;
		oldest = lease;
		*used = last;
	}
	return oldest;
}

bool nat64_leases_reclaim_network(struct leases *leases, const struct nat64_leases_client *client, int64_t now,
				  uint32_t *place)
{
	struct lease *lease;
	int64_t used;

	if (now < nat64_quota_busy_until(leases->networks, &client->address) || !network_walk_begin(leases, now))
		return false;
	lease = network_lru(leases, client, &used);
	if (lease && used + LEASE_IDLE_SECONDS > now)
		nat64_quota_be_busy(leases->networks, &client->address, used + LEASE_IDLE_SECONDS);
	if (!lease || used + LEASE_IDLE_SECONDS > now || !nat64_leases_take_over(leases, lease, used))
		return false; /* one that was used this moment: the client's next packet asks again */
	*place = lease->place;
	leases->reassigned++;
	return true;
}
