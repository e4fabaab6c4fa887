/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference between a tailnet as it is and as a relay wants it. */
#ifndef RELAY_SETUP_TAILNET_PLAN_H
#define RELAY_SETUP_TAILNET_PLAN_H

#include "relay/setup/tailnet_change.h"

#include <stdbool.h>

struct tailscale_netmap;

struct relay_tailnet_plan {
	json_t *routes;  /* wanted: an array of texts */
	json_t *zones;   /* wanted: zone -> [resolver] */
	json_t *changes; /* what apply does: [{"topic", "change": "+", "~" or "-", "text"}] */
	json_t *steps;   /* what is left to a person: [{"topic", "text", "lines": [...], "optional"}] */
	bool is_done;    /* the changes are made */
};

void relay_tailnet_plan_begin(struct relay_tailnet_plan *plan);

/* Ask the control plane. netmap: what tailscaled has been told; NULL: not known. 0, or -1. The caller clears the plan in both cases. */
int relay_tailnet_plan_make(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap,
			    struct relay_tailnet_plan *plan, struct conf_report *report);

/* Add to it: a change that apply makes; what a person does, whose lines come back to be filled. */
void relay_tailnet_plan_change(struct relay_tailnet_plan *plan, const char *topic, const char *change, const char *text);
json_t *relay_tailnet_plan_step(struct relay_tailnet_plan *plan, const char *topic, const char *text, bool optional);

/* Is there anything to do, for apply or for a person, that is not optional? */
bool relay_tailnet_plan_is_open(const struct relay_tailnet_plan *plan);

/* As lines for people. */
void relay_tailnet_plan_print(const struct relay_tailnet_plan *plan);
void relay_tailnet_steps_print(const struct relay_tailnet_plan *plan);

void relay_tailnet_plan_clear(struct relay_tailnet_plan *plan);

#endif
