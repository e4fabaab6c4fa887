/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy's part of tailnet plan, apply and forget. */
#ifndef RELAY_SETUP_TAILNET_GRANTS_H
#define RELAY_SETUP_TAILNET_GRANTS_H

#include "relay/setup/tailnet_plan.h"

#include <stdbool.h>

struct conf_words;

/*
 * Add to the plan what the policy lacks: as a change where `write` is set and the control plane can, else as lines to paste. A policy that cannot be read is
 * an optional step that says why. Nothing without a netmap: this node's tags are in there.
 */
void relay_tailnet_grants_plan(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, bool write,
			       struct relay_tailnet_plan *plan);

/*
 * Write the missing grants into the policy, or take out the lines that were written. Only while the policy is as it was read (ETag), otherwise it is read
 * again. 1, 0 and -1 as of the other changes.
 */
int relay_tailnet_grants_write(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap,
			       struct conf_report *report);
int relay_tailnet_grants_remove(struct relay_tailnet *tailnet, struct conf_report *report);

/*
 * Print a grant for the part of the prefixes that leads to these hosts: names of the tailnet or of a split domain, or addresses. 0, or -1 with what is
 * unknown. netmap may be NULL when all are addresses.
 */
int relay_tailnet_grants_for(const struct conf_settings *settings, const struct tailscale_netmap *netmap,
			     const struct conf_words *hosts, bool json, struct conf_report *report);

#endif
