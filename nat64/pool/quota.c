/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many leases the clients of each IPv6 network hold.
 *
 * A hash table of chains, an entry for each network that holds a lease. The key is secret, so that nobody can choose
 * colliding networks.
 */
#include "nat64/pool/quota.h"
#include "nat64/pool/wide.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define CHAINS_MAX 65536

struct nat64_quota_network {
	struct nat64_quota_network *next;
	uint64_t network[2];
	uint64_t count;
	int64_t busy_until;
};

struct nat64_quota {
	uint64_t key[2];
	uint64_t mask[2];    /* of a network, in the order of its octets */
	uint64_t chain_mask; /* how many chains there are, less one: a power of two */
	struct nat64_quota_network *chains[];
};

static void mask_make(uint64_t mask[2], unsigned length)
{
	uint8_t octets[16] = {0};

	for (unsigned bit = 0; bit < length; bit++)
		octets[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	memcpy(mask, octets, sizeof(octets));
}

struct nat64_quota *nat64_quota_new(unsigned length, uint64_t expected)
{
	uint64_t chains = 1;
	struct nat64_quota *quota;

	while (chains < expected && chains < CHAINS_MAX)
		chains *= 2;
	quota = calloc(1, sizeof(*quota) + chains * sizeof(*quota->chains));
	if (quota && getrandom(quota->key, sizeof(quota->key), 0) != sizeof(quota->key)) {
		free(quota);
		return NULL;
	}
	if (quota) {
		quota->chain_mask = chains - 1;
		mask_make(quota->mask, length);
	}
	return quota;
}

void nat64_quota_free(struct nat64_quota *quota)
{
	for (uint64_t i = 0; quota && i <= quota->chain_mask; i++)
		while (quota->chains[i]) {
			struct nat64_quota_network *entry = quota->chains[i];

			quota->chains[i] = entry->next;
			free(entry);
		}
	free(quota);
}

/* The link that points at the network of a client, or at the NULL where it belongs. network: the client's, is filled in. */
static struct nat64_quota_network **network_link(struct nat64_quota *quota, const struct in6_addr *client,
						 uint64_t network[2])
{
	struct nat64_quota_network **link;

	memcpy(network, client->s6_addr, sizeof(*client));
	network[0] &= quota->mask[0];
	network[1] &= quota->mask[1];
	link = &quota->chains[nat64_wide_fold(network[0] ^ quota->key[0], network[1] ^ quota->key[1]) & quota->chain_mask];
	while (*link && memcmp((*link)->network, network, sizeof((*link)->network)) != 0)
		link = &(*link)->next;
	return link;
}

uint64_t nat64_quota_count(struct nat64_quota *quota, const struct in6_addr *client)
{
	uint64_t network[2];
	const struct nat64_quota_network *entry = *network_link(quota, client, network);

	return entry ? entry->count : 0;
}

bool nat64_quota_enter(struct nat64_quota *quota, const struct in6_addr *client)
{
	uint64_t network[2];
	struct nat64_quota_network **link = network_link(quota, client, network);

	if (!*link) {
		*link = calloc(1, sizeof(**link));
		if (!*link)
			return false;
		memcpy((*link)->network, network, sizeof(network));
		(*link)->busy_until = INT64_MIN;
	}
	(*link)->count++;
	return true;
}

void nat64_quota_leave(struct nat64_quota *quota, const struct in6_addr *client)
{
	uint64_t network[2];
	struct nat64_quota_network **link = network_link(quota, client, network), *entry = *link;

	if (--entry->count)
		return;
	*link = entry->next;
	free(entry);
}

bool nat64_quota_are_one(const struct nat64_quota *quota, const struct in6_addr *a, const struct in6_addr *b)
{
	uint64_t words[2], others[2];

	memcpy(words, a->s6_addr, sizeof(*a));
	memcpy(others, b->s6_addr, sizeof(*b));
	return !(((words[0] ^ others[0]) & quota->mask[0]) | ((words[1] ^ others[1]) & quota->mask[1]));
}

void nat64_quota_be_busy(struct nat64_quota *quota, const struct in6_addr *client, int64_t until)
{
	uint64_t network[2];
	struct nat64_quota_network *entry = *network_link(quota, client, network);

	if (entry)
		entry->busy_until = until;
}

int64_t nat64_quota_busy_until(struct nat64_quota *quota, const struct in6_addr *client)
{
	uint64_t network[2];
	const struct nat64_quota_network *entry = *network_link(quota, client, network);

	return entry ? entry->busy_until : INT64_MIN;
}
