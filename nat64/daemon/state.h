/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workers translate by: the settings, the maps made of them, and the leases. Exchanged as one by a reload. */
#ifndef NAT64_DAEMON_STATE_H
#define NAT64_DAEMON_STATE_H

#include "nat64/core/maps.h"
#include "nat64/pool/shared.h"

struct conf_report;
struct conf_settings;
struct leases;

/* Never changed once the workers see it, the leases excepted, which have rules of their own. */
struct state {
	struct conf_settings *settings;
	struct nat64_maps maps;            /* without functions for the leases: each worker adds its own */
	struct leases *leases;             /* NULL without a dynamic pool; may be those of the state before */
	struct nat64_leases_shared shared; /* with the fast path, if there is one */
	uint32_t generation;               /* incremented by each reload, never 0 */
	bool is_repeatable;                /* the fast path may repeat decisions: no log wants to see each packet */
};

/* Both are the state's from here on, when it comes to be. NULL with a message. */
struct state *nat64d_state_new(struct conf_settings *settings, struct leases *leases, struct conf_report *report);

/* Free all but the leases. */
void nat64d_state_free(struct state *state);

#endif
