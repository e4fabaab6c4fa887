/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists and maps of a control plane with ours added, or taken out: everybody else's entries stay as they are, in their order. */
#ifndef RELAY_SETUP_TAILNET_MERGE_H
#define RELAY_SETUP_TAILNET_MERGE_H

#include <jansson.h>
#include <stdbool.h>

struct tailscale_list;

/* Is this address or prefix in the list, however it is written? */
bool relay_list_has(const struct tailscale_list *list, const char *text);

/* have with the texts of the array `ours` that it lacks, or without those that it has. 0, or -1 out of memory; the caller clears the list after 0. */
int relay_list_unite(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *united);
int relay_list_without(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *rest);

/* The name under which a map of zones has a zone, whose letters may have another case there; NULL: it has not. */
const char *relay_zones_name(const json_t *zones, const char *zone);

/*
 * ours: zone -> array of resolvers. What has to be patched so that the zones have all of them, besides those that they have; or none of them, null for a zone
 * that has no other. An empty object: nothing. NULL: a zone of ours is no list of texts, or out of memory.
 */
json_t *relay_zones_unite(const json_t *zones, const json_t *ours);
json_t *relay_zones_without(const json_t *zones, const json_t *ours);

#endif
