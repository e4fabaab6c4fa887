/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many leases the clients of each /64 hold.
 *
 * A hash table of chains, an entry for each /64 that holds a lease. The key is secret, so that nobody can choose
 * colliding networks.
 */
#include "nat64/site.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SITE_BITS 10

struct site {
	struct site *next;
	uint64_t network;
	uint64_t count;
};

struct sites {
	uint64_t key;
	struct site *chains[1 << SITE_BITS];
};

struct sites *sites_new(void)
{
	struct sites *sites = calloc(1, sizeof(*sites));

	if (sites && getrandom(&sites->key, sizeof(sites->key), 0) != sizeof(sites->key)) {
		free(sites);
		return NULL;
	}
	return sites;
}

void sites_free(struct sites *sites)
{
	for (size_t i = 0; sites && i < 1 << SITE_BITS; i++)
		while (sites->chains[i]) {
			struct site *site = sites->chains[i];

			sites->chains[i] = site->next;
			free(site);
		}
	free(sites);
}

static uint64_t network_of(const struct in6_addr *client)
{
	uint64_t network;

	memcpy(&network, client->s6_addr, sizeof(network));
	return network;
}

/* The link that points at the site of a network, or at the NULL where it belongs. An odd factor mixes upwards. */
static struct site **site_link(struct sites *sites, uint64_t network)
{
	uint64_t mixed = (network ^ sites->key) * (sites->key | 1);
	struct site **link = &sites->chains[(mixed ^ mixed << 31) >> (64 - SITE_BITS)];

	while (*link && (*link)->network != network)
		link = &(*link)->next;
	return link;
}

uint64_t sites_count(struct sites *sites, const struct in6_addr *client)
{
	const struct site *site = *site_link(sites, network_of(client));

	return site ? site->count : 0;
}

bool sites_enter(struct sites *sites, const struct in6_addr *client)
{
	struct site **link = site_link(sites, network_of(client));

	if (!*link) {
		*link = calloc(1, sizeof(**link));
		if (!*link)
			return false;
		(*link)->network = network_of(client);
	}
	(*link)->count++;
	return true;
}

void sites_leave(struct sites *sites, const struct in6_addr *client)
{
	struct site **link = site_link(sites, network_of(client)), *site = *link;

	if (--site->count)
		return;
	*link = site->next;
	free(site);
}
