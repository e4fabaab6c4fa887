/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of prefixes, each family apart: packets are of one, and look through its own alone. */
#include "conf/networks.h"

#include "conf/value.h"

#include <stdlib.h>

bool conf_networks_add(struct conf_networks *networks, const struct conf_prefix *prefix)
{
	if (prefix->family == AF_INET)
		return conf_list_add(&networks->v4, &networks->count4, &prefix->v4, sizeof(prefix->v4));
	return conf_list_add(&networks->v6, &networks->count6, &prefix->v6, sizeof(prefix->v6));
}

size_t conf_networks_count(const struct conf_networks *networks)
{
	return networks->count4 + networks->count6;
}

struct conf_prefix conf_networks_at(const struct conf_networks *networks, size_t index)
{
	if (index < networks->count4)
		return (struct conf_prefix){.family = AF_INET, .v4 = networks->v4[index]};
	return (struct conf_prefix){.family = AF_INET6, .v6 = networks->v6[index - networks->count4]};
}

bool conf_networks_cover(const struct conf_networks *networks, const struct conf_prefix *prefix)
{
	for (size_t i = 0; i < conf_networks_count(networks); i++) {
		const struct conf_prefix one = conf_networks_at(networks, i);

		if (conf_prefix_covers(&one, prefix))
			return true;
	}
	return false;
}

void conf_networks_clear(struct conf_networks *networks)
{
	free(networks->v4);
	free(networks->v6);
}
