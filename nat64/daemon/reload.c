/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other settings for a running translator.
 *
 * Everything that can fail is done first: the settings are checked, the new pool is filled with the leases that fit
 * it, the maps are made. Then one pointer is exchanged. A worker reads it before each round of packets, so a packet is
 * translated by all of the old settings or by all of the new, and none waits. After a grace period the old ones are freed.
 *
 * The fast path is closed meanwhile (daemon.c), so that nothing is counted for leases that move, and no packet goes by other settings than its neighbours.
 *
 * Device, queues, user and folders were opened with privileges that are gone: a file that changes them is refused as a whole.
 */
#define _LGPL_SOURCE
#include "config.h"

#include "nat64/daemon/reload.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/pool/leases_shared.h"
#include "nat64/pool/pool.h"
#include "nat64/daemon/state.h"

#include <malloc.h>
#include <string.h>
#include <urcu-pointer.h>
#include <urcu/urcu-memb.h>

/* Either may be NULL: none is given. */
static bool text_differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

int nat64d_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report)
{
	const struct {
		const char *directive;
		bool changed;
	} fixed[] = {
		{"tun-device", strcmp(old->translation.tun_device, settings->translation.tun_device) != 0},
		{"workers", old->translation.workers != settings->translation.workers},
		{"user", strcmp(old->node.user, settings->node.user) != 0},
		{"data-dir", text_differs(old->node.data_dir, settings->node.data_dir)},
		{"runtime-dir", text_differs(old->node.runtime_dir, settings->node.runtime_dir)},
	};
	size_t before = report->count;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (fixed[i].changed)
			conf_report_add(report,
					"%s: %s cannot change while nat64d runs: restart it, or put the old value back",
					settings->file, fixed[i].directive);
	return report->count == before ? 0 : -1;
}

/* The leases that go with new settings; *moved when they are others than the old ones, which are then closed. 0 or -1. */
static int nat64_leases_prepare(const struct state *old, const struct conf_settings *settings, struct leases **leases,
				bool *moved)
{
	*moved = !nat64_pool_is_same(old->settings, settings);
	*leases = old->leases;
	if (!*moved)
		return 0;
	if (!settings->translation.has_dynamic_pool)
		*leases = NULL;
	else if (old->leases)
		*leases = nat64_pool_move(old->leases, old->settings, settings);
	else
		*leases = nat64_pool_make(settings);
	return *leases || !settings->translation.has_dynamic_pool ? 0 : -1;
}

/* Settings are the new state's, when there is one. NULL with a message. */
static struct state *state_prepare(const struct state *old, struct conf_settings *settings, bool *moved,
				   struct conf_report *report)
{
	struct state *state = nat64d_state_new(settings, NULL, report);

	if (!state)
		return NULL;
	state->shared = old->shared;
	state->generation = old->generation + 1;
	if (!nat64_leases_prepare(old, settings, &state->leases, moved)) {
		if (*moved && state->leases)
			nat64_leases_share(state->leases, state->shared);
		return state;
	}
	conf_report_add(report, "out of memory for the dynamic pool");
	state->settings = NULL; /* the caller's again */
	nat64d_state_free(state);
	return NULL;
}

static void state_exchange(struct state **current, struct state *state, bool moved)
{
	struct state *old = *current;
	bool closed = moved && old->leases && state->leases;

	rcu_xchg_pointer(current, state);
	if (closed)
		nat64_leases_release(old->leases);
	urcu_memb_synchronize_rcu();
	if (moved) {
		nat64_leases_free(old->leases);
#ifdef HAVE_MALLOC_TRIM /* it may have been half of what we have; musl keeps nothing of large blocks */
		malloc_trim(0);
#endif
	}
	nat64d_state_free(old);
}

int nat64d_reload(struct state **current, struct conf_settings *settings, struct conf_report *report)
{
	struct state *state = NULL;
	bool moved;

	if (!nat64d_reload_check((*current)->settings, settings, report))
		state = state_prepare(*current, settings, &moved, report);
	if (!state) {
		conf_settings_free(settings);
		return -1;
	}
	state_exchange(current, state, moved);
	return 0;
}
