/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Change a tailnet over its control plane, by merging: what tailnet apply and forget do. */
#ifndef RELAY_SETUP_TAILNET_CHANGE_H
#define RELAY_SETUP_TAILNET_CHANGE_H

#include "relay/setup/tailnet_record.h"
#include "tailscale/control.h"

struct conf_settings;

/* One relay at its control plane. */
struct relay_tailnet {
	const struct conf_settings *settings;
	struct tailscale_control control;
	struct relay_record record;
};

/*
 * Each of these reads, unites, writes what is missing, and reads again until it is there; or the other way round. What is done goes on record first. 1 when
 * something was changed, 0 when there was nothing to do, -1: the report says what went wrong, and the same call later does the rest.
 */
int relay_tailnet_approve_routes(struct relay_tailnet *tailnet, const json_t *wanted, struct conf_report *report);
int relay_tailnet_withdraw_routes(struct relay_tailnet *tailnet, struct conf_report *report);

/* wanted: zone -> [resolver]. After a change these wait until no relay that had read before it can still write. */
int relay_tailnet_enter_zones(struct relay_tailnet *tailnet, const json_t *wanted, struct conf_report *report);
int relay_tailnet_leave_zones(struct relay_tailnet *tailnet, struct conf_report *report);

#endif
