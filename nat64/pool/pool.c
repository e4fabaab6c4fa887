/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dynamic pool as the settings want it.
 *
 * When other settings want another pool, a new one is made and takes over each lease whose address lies in it and is free,
 * whose prefix is still there, and whose client has got no map. Everything else is forgotten, and those clients get
 * another address. With one prefix before and after, a lease belongs to "the prefix", as in the file of leases.
 *
 * The old pool is copied while workers go on with it, then closed. Only when a lease came or went meanwhile, it is copied
 * once more while it is closed, and new clients wait that long. Packets and last uses of those few milliseconds are not
 * taken along.
 */
#include "nat64/pool/pool.h"

#include "conf/settings.h"
#include "nat64/core/maps.h"
#include "nat64/pool/leases_walk.h"

#define COPY_ROOM 64

struct leases *nat64_pool_make(const struct conf_settings *settings)
{
	struct leases *leases = nat64_leases_new(&settings->translation.dynamic_pool, &settings->translation.quota);

	if (!leases)
		return NULL;
	nat64_leases_reserve(leases, &(struct conf_prefix4){.address = settings->translation.ipv4_address, .length = 32});
	nat64_leases_reserve(leases, &(struct conf_prefix4){.address = settings->translation.device_address, .length = 32});
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (!conf_settings_pool_precedes(settings, &settings->translation.maps[i],
						 settings->translation.dynamic_pool.address))
			nat64_leases_reserve(leases, &settings->translation.maps[i].v4);
	for (size_t i = 0; i < settings->translation.tun.address_count; i++) /* the kernel keeps what is sent there */
		if (settings->translation.tun.addresses[i].family == AF_INET)
			nat64_leases_reserve(
				leases, &(struct conf_prefix4){settings->translation.tun.addresses[i].v4.address, 32});
	return leases;
}

static bool prefixes_are_same(const struct conf_settings *a, const struct conf_settings *b)
{
	if (a->common.prefix_count != b->common.prefix_count)
		return false;
	for (size_t i = 0; i < a->common.prefix_count; i++)
		if (!conf_prefix6_equals(&a->common.prefixes[i].prefix, &b->common.prefixes[i].prefix))
			return false;
	return true;
}

static bool maps_are_same(const struct conf_settings *a, const struct conf_settings *b)
{
	if (a->translation.map_count != b->translation.map_count)
		return false;
	for (size_t i = 0; i < a->translation.map_count; i++)
		if (!conf_prefix4_equals(&a->translation.maps[i].v4, &b->translation.maps[i].v4) ||
		    !conf_prefix6_equals(&a->translation.maps[i].v6, &b->translation.maps[i].v6))
			return false;
	return true;
}

static bool tun_addresses_are_same(const struct conf_tun *a, const struct conf_tun *b)
{
	if (a->address_count != b->address_count)
		return false;
	for (size_t i = 0; i < a->address_count; i++)
		if (a->addresses[i].family != b->addresses[i].family ||
		    (a->addresses[i].family == AF_INET && !conf_prefix4_equals(&a->addresses[i].v4, &b->addresses[i].v4)))
			return false;
	return true;
}

bool nat64_pool_is_same(const struct conf_settings *a, const struct conf_settings *b)
{
	return a->translation.has_dynamic_pool == b->translation.has_dynamic_pool &&
	       conf_prefix4_equals(&a->translation.dynamic_pool, &b->translation.dynamic_pool) &&
	       a->translation.quota.length == b->translation.quota.length &&
	       a->translation.quota.count == b->translation.quota.count &&
	       a->translation.ipv4_address.s_addr == b->translation.ipv4_address.s_addr &&
	       a->translation.device_address.s_addr == b->translation.device_address.s_addr && prefixes_are_same(a, b) &&
	       maps_are_same(a, b) && tun_addresses_are_same(&a->translation.tun, &b->translation.tun);
}

enum nat64_leases_restored nat64_pool_restore(struct leases *leases, const struct conf_settings *settings,
					      const struct nat64_leases_entry *entry)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (conf_prefix6_contains(&settings->translation.maps[i].v6, &entry->client.address) &&
		    !conf_settings_pool_precedes(settings, &settings->translation.maps[i],
						 nat64_map_to_ipv4(&settings->translation.maps[i], &entry->client.address)))
			return LEASES_MAPPED;
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_contains(&settings->common.prefixes[i].prefix, &entry->client.address))
			return LEASES_MAPPED;
	return nat64_leases_restore(leases, entry);
}

/* What the new settings call the prefix that the old ones call *prefix. False: nothing. */
static bool prefix_rename(const struct conf_settings *old, const struct conf_settings *settings, unsigned *prefix)
{
	if (old->common.prefix_count <= 1 && settings->common.prefix_count <= 1)
		return true;
	for (size_t i = 0; *prefix < old->common.prefix_count && i < settings->common.prefix_count; i++)
		if (conf_prefix6_equals(&old->common.prefixes[*prefix].prefix, &settings->common.prefixes[i].prefix)) {
			*prefix = (unsigned)i;
			return true;
		}
	return false;
}

/* A new pool with a copy of the leases. NULL: out of memory. */
static struct leases *pool_copy(struct leases *from, const struct conf_settings *old, const struct conf_settings *settings)
{
	struct leases *leases = nat64_pool_make(settings);
	struct nat64_leases_entry entries[COPY_ROOM];
	uint64_t place = 0;
	size_t count;

	while (leases && (count = nat64_leases_copy(from, &place, entries, COPY_ROOM)))
		for (size_t i = 0; i < count; i++)
			if (prefix_rename(old, settings, &entries[i].client.prefix))
				nat64_pool_restore(leases, settings, &entries[i]);
	return leases;
}

struct leases *nat64_pool_move(struct leases *from, const struct conf_settings *old, const struct conf_settings *settings)
{
	struct leases *leases, *again = NULL;
	uint64_t generation = nat64_leases_generation(from);

	leases = pool_copy(from, old, settings);
	if (!leases)
		return NULL;
	nat64_leases_close(from);
	if (nat64_leases_generation(from) == generation)
		return leases;
	again = pool_copy(from, old, settings);
	if (!again)
		return leases; /* without the newest leases: their clients get others */
	nat64_leases_free(leases);
	return again;
}
