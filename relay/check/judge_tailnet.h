/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the judges of tailscaled's knowledge share. */
#ifndef RELAY_CHECK_JUDGE_TAILNET_H
#define RELAY_CHECK_JUDGE_TAILNET_H

#include "relay/check/grant.h"
#include "relay/check/place.h"

#include <stdbool.h>

struct conf_prefix;
struct relay_evidence;
struct relay_findings;
struct tailscale_netmap;
struct tailscale_node;

/* Does the packet filter let any node but relays send to all of the prefix? ANY: by a line about every address alone. port: -1 for whatever port. */
enum relay_permission { RELAY_PERMIT_NOBODY, RELAY_PERMIT_ANY, RELAY_PERMIT_NAMED };
enum relay_permission relay_judge_permission(const struct tailscale_netmap *netmap, const struct conf_prefix *prefix,
					     int protocol, int port);

/* Is there a line about every address? Then the filter tells nothing of what this node may reach. */
bool relay_judge_policy_is_open(const struct tailscale_netmap *netmap);

/* May the node send anything here? Who may not, and is seen, may be reached. */
bool relay_judge_may_be_source(const struct tailscale_netmap *netmap, const struct tailscale_node *node);

/* Do two nodes have the same tags, or without any the same user? So have relays that stand in for each other. */
bool relay_judge_is_like(const struct tailscale_node *a, const struct tailscale_node *b);

/* Does tailscaled answer the name by itself? Then that is a finding of the place. For both ends. */
bool relay_judge_own_answer(const struct tailscale_netmap *netmap, const char *name, enum relay_place place,
			    struct relay_findings *findings);

/* A peer to which the tailnet leads what overlaps the network, default routes not among it, and the route; NULL. */
const struct tailscale_node *relay_judge_router(const struct tailscale_netmap *netmap,
						const struct conf_prefix *network, const struct conf_prefix **route);

/* This node in a policy: its first tag, else its address. Returns text. */
const char *relay_judge_relay_name(const struct tailscale_netmap *netmap, char *text, size_t size);

/* The advice of the last finding: `before`, and the grant to add. */
void relay_judge_advise_grant(const struct relay_evidence *evidence, enum relay_grant grant, const char *before,
			      struct relay_findings *findings);

#endif
