/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What init chooses by itself. Pure functions: the random octets and the list of what is taken come from the caller. */
#include "relay/host/choose.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int relay_taken_add(struct relay_taken *taken, const struct conf_prefix4 *prefix, const char *by)
{
	void *items = reallocarray(taken->items, taken->count + 1, sizeof(*taken->items));
	char *words = strdup(by);

	if (items)
		taken->items = items;
	if (!items || !words) {
		free(words);
		return -1;
	}
	taken->items[taken->count].prefix = *prefix;
	taken->items[taken->count++].by = words;
	return 0;
}

const char *relay_taken_find(const struct relay_taken *taken, const struct conf_prefix4 *prefix)
{
	for (size_t i = 0; i < taken->count; i++)
		if (taken->items[i].prefix.length > 1 && conf_prefix4_overlaps(&taken->items[i].prefix, prefix))
			return taken->items[i].by;
	return NULL;
}

void relay_taken_clear(struct relay_taken *taken)
{
	for (size_t i = 0; i < taken->count; i++)
		free(taken->items[i].by);
	free(taken->items);
	*taken = (struct relay_taken){0};
}

/* Walk one block of private space from its last /20 to its first. */
static bool block_search(const struct relay_taken *taken, uint32_t first, uint32_t last, struct conf_prefix4 *pool)
{
	const uint32_t step = UINT32_C(1) << (32 - RELAY_POOL_LENGTH);

	for (uint32_t network = last; network >= first; network -= step) {
		*pool = (struct conf_prefix4){.address = {htonl(network)}, .length = RELAY_POOL_LENGTH};
		if (!relay_taken_find(taken, pool))
			return true;
	}
	return false;
}

bool relay_pool_choose(const struct relay_taken *taken, struct conf_prefix4 *pool)
{
	static const struct {
		uint32_t first, last;
	} blocks[] = {
		{0xc0a80000, 0xc0a8f000}, /* 192.168.0.0/16 */
		{0xac100000, 0xac1ff000}, /* 172.16.0.0/12 */
		{0x0a000000, 0x0afff000}, /* 10.0.0.0/8 */
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (block_search(taken, blocks[i].first, blocks[i].last, pool))
			return true;
	return false;
}

struct conf_prefix6 relay_prefix_make(const uint8_t random[7])
{
	struct conf_prefix6 prefix = {.length = 96};

	prefix.address.s6_addr[0] = 0xfd; /* fc00::/7 with the L bit (RFC 4193 section 3.1) */
	memcpy(&prefix.address.s6_addr[1], random, 7);
	return prefix;
}
