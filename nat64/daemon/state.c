/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the workers translate by. */
#include "nat64/daemon/state.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <stdlib.h>

struct state *nat64d_state_new(struct conf_settings *settings, struct leases *leases, struct conf_report *report)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state) {
		conf_report_add(report, "out of memory");
		return NULL;
	}
	if (nat64_maps_init(&state->maps, settings, (struct nat64_leases){0}, report)) {
		free(state);
		return NULL;
	}
	state->settings = settings;
	state->leases = leases;
	state->generation = 1;
	state->is_repeatable = settings->translation.fast_path && !(settings->translation.log & ~(unsigned)CONF_LOG_DYN);
	return state;
}

void nat64d_state_free(struct state *state)
{
	if (!state)
		return;
	nat64_maps_clear(&state->maps);
	conf_settings_free(state->settings);
	free(state);
}
