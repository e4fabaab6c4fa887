/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The default addresses of a node: ipv4-addr is the pool's first host, device-address the second in a relay.
 *
 * A default gives way to what the file names: another default address is taken when a map or the other address has this one. A tayga.conf
 * reserves nothing that it does not name, so without a split-domain device-address is the pool's network address, which is never lent,
 * or there is none. A map-file counts as the file does.
 */
#include "conf/check.h"

#include "conf/rfc6052.h"
#include "conf/settings.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>

/* Networks in the order of their addresses. */
struct taken {
	struct conf_prefix4 *networks;
	size_t count;
};

static int by_address(const void *a, const void *b)
{
	uint32_t left = ntohl(((const struct conf_prefix4 *)a)->address.s_addr);
	uint32_t right = ntohl(((const struct conf_prefix4 *)b)->address.s_addr);

	return left < right ? -1 : left > right;
}

/* The maps, and the two addresses as far as they are known. */
static bool taken_collect(struct taken *taken, const struct conf_settings *settings)
{
	taken->networks = malloc((settings->translation.map_count + 2) * sizeof(*taken->networks));
	taken->count = 0;
	if (!taken->networks)
		return false;
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (!conf_settings_pool_precedes(settings, &settings->translation.maps[i],
						 settings->translation.dynamic_pool.address))
			taken->networks[taken->count++] = settings->translation.maps[i].v4;
	taken->networks[taken->count++] = (struct conf_prefix4){settings->translation.ipv4_address, 32};
	taken->networks[taken->count++] = (struct conf_prefix4){settings->translation.device_address, 32};
	qsort(taken->networks, taken->count, sizeof(*taken->networks), by_address);
	return true;
}

/* The first address of the pool from index on that nobody has; zero when there is none. */
static struct in_addr free_from(const struct taken *taken, const struct conf_prefix4 *pool, uint32_t index)
{
	uint64_t at = (uint64_t)ntohl(pool->address.s_addr) + index;
	uint64_t end = ntohl(pool->address.s_addr) + conf_prefix4_size(pool);

	for (size_t i = 0; i < taken->count; i++) {
		uint64_t start = ntohl(taken->networks[i].address.s_addr);
		uint64_t behind = start + conf_prefix4_size(&taken->networks[i]);

		if (start <= at && at < behind)
			at = behind;
	}
	return (struct in_addr){at < end ? htonl((uint32_t)at) : 0};
}

/* The pool's network address if nobody has it. */
static struct in_addr network_if_free(const struct taken *taken, const struct conf_prefix4 *pool)
{
	struct in_addr found = free_from(taken, pool, 0);

	return found.s_addr == pool->address.s_addr ? found : (struct in_addr){0};
}

static bool complete_ipv4(struct conf_settings *settings)
{
	struct taken taken;

	if (settings->translation.ipv4_address.s_addr != 0)
		return true;
	if (!taken_collect(&taken, settings))
		return false;
	settings->translation.ipv4_address = free_from(&taken, &settings->translation.dynamic_pool, 1);
	free(taken.networks);
	return true;
}

static bool complete_device(struct conf_settings *settings)
{
	struct taken taken;

	if (settings->translation.device_address.s_addr != 0)
		return true;
	if (!taken_collect(&taken, settings))
		return false;
	if (conf_settings_is_relay(settings))
		settings->translation.device_address = free_from(&taken, &settings->translation.dynamic_pool, 2);
	if (settings->translation.device_address.s_addr == 0)
		settings->translation.device_address = network_if_free(&taken, &settings->translation.dynamic_pool);
	free(taken.networks);
	return true;
}

bool conf_own_complete(struct conf_settings *settings)
{
	if (settings->translation.has_dynamic_pool && !(complete_ipv4(settings) && complete_device(settings)))
		return false;
	if (settings->common.prefix_count > 0 && settings->translation.ipv4_address.s_addr != 0 &&
	    IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address))
		settings->translation.ipv6_address = conf_rfc6052_embed(&settings->common.prefixes[0].prefix,
									settings->translation.ipv4_address);
	return true;
}

bool conf_own_leaves_some(const struct conf_settings *settings)
{
	struct taken taken;
	bool some;

	if (!taken_collect(&taken, settings))
		return true;
	some = free_from(&taken, &settings->translation.dynamic_pool, 1).s_addr != 0;
	free(taken.networks);
	return some;
}
