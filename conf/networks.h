/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of prefixes, each family apart: who may ask, and what may be reached. All zero is an empty list. */
#ifndef CONF_NETWORKS_H
#define CONF_NETWORKS_H

#include "conf/prefix.h"

struct conf_networks {
	struct conf_prefix4 *v4;
	size_t count4;
	struct conf_prefix6 *v6;
	size_t count6;
};

/* False without memory. */
bool conf_networks_add(struct conf_networks *networks, const struct conf_prefix *prefix);

/* All of them by index, IPv4 before IPv6. */
size_t conf_networks_count(const struct conf_networks *networks);
struct conf_prefix conf_networks_at(const struct conf_networks *networks, size_t index);

/* Does one of them hold all of the prefix? */
bool conf_networks_cover(const struct conf_networks *networks, const struct conf_prefix *prefix);

void conf_networks_clear(struct conf_networks *networks);

/* Does one of them hold the address? Asked for each packet. */
static inline bool conf_networks_hold4(const struct conf_networks *networks, struct in_addr address)
{
	for (size_t i = 0; i < networks->count4; i++)
		if (conf_prefix4_contains(&networks->v4[i], address))
			return true;
	return false;
}

static inline bool conf_networks_hold6(const struct conf_networks *networks, const struct in6_addr *address)
{
	for (size_t i = 0; i < networks->count6; i++)
		if (conf_prefix6_contains(&networks->v6[i], address))
			return true;
	return false;
}

#endif
