/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a policy have the grants that a relay needs? */
#ifndef RELAY_SETUP_TAILNET_POLICY_H
#define RELAY_SETUP_TAILNET_POLICY_H

#include "relay/check/grant.h"

#include <jansson.h>
#include <stdbool.h>

struct conf_settings;
struct tailscale_netmap;

/* UNCLEAR: groups, users, sets or postures decide it, of which the policy alone does not tell who meets them. */
enum relay_granted { RELAY_GRANTED_NOT, RELAY_GRANTED_UNCLEAR, RELAY_GRANTED };

/*
 * Look for each in the policy's grants and acls. netmap: this node, its tags and addresses, and other relays. A policy with neither member allows everything; a grant
 * that the settings do not need counts as granted. Which clients may is not asked: a grant counts when anybody but relays is among its sources. But the page wants
 * relays among them where relays ask each other (probe, or a peer with the same routes).
 */
void relay_policy_judge(const json_t *policy, const struct conf_settings *settings,
			const struct tailscale_netmap *netmap, enum relay_granted granted[RELAY_GRANTS]);

/* Would the control plane take this grant? Not when it names a tag without an owner: then a person has to name the targets. */
bool relay_policy_knows_tags(const json_t *policy, enum relay_grant grant, const char *relay);

#endif
