/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether there is a fast path. Without one everything is as ever, but slower; so each thing that is missing, from the build to the privileges, has a reason
 * that is logged once, and told to who asks.
 *
 * What an earlier nat64d left on the device when it was killed goes on by its settings. A nat64d that puts nothing in that place removes it, or does not
 * start. The room for leases in the kernel is made at the start too: of a pool that a reload lengthens, the addresses beyond are served by the device. A
 * fast-path off that a reload brings closes the program, and auto opens it again; a start with off has none to open.
 */
#include "nat64/daemon/fastpath_start.h"

#include "conf/log.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/filter.h"
#include "nat64/daemon/fastpath.h"
#include "nat64/daemon/state.h"
#include "nat64/daemon/worker.h"
#include "nat64/pool/leases_shared.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* Keep the reason why there is none. */
static void reason_keep(struct worker_shared *shared, struct conf_report *reason)
{
	if (reason->count && reason->lines[0] && !shared->fastpath_off)
		shared->fastpath_off = strdup(reason->lines[0]);
	conf_report_clear(reason);
}

/* Addresses of the pool: for so many clients there has to be room in the kernel. */
static uint64_t pool_size(const struct conf_translation *translation)
{
	return translation->has_dynamic_pool ? conf_prefix4_size(&translation->dynamic_pool) : 0;
}

int fastpath_start(struct worker_shared *shared, const char *device, struct conf_report *report)
{
	struct state *state = shared->state;
	const struct conf_translation *translation = &state->settings->translation;
	struct conf_report reason = {0};

	if (translation->fast_path)
		shared->fastpath = fastpath_open(device, pool_size(translation), &reason);
	else
		conf_report_add(&reason, "fast-path off at the start; restart nat64d");
	reason_keep(shared, &reason);
	if (!shared->fastpath)
		return kernel_filter_remove((int)if_nametoindex(device), report) < 0 ? -1 : 0;
	state->shared = fastpath_leases(shared->fastpath);
	if (state->leases)
		nat64_leases_share(state->leases, state->shared);
	return 0;
}

void fastpath_begin(struct worker_shared *shared, const struct log *log)
{
	struct conf_report reason = {0};

	if (shared->fastpath && fastpath_check(shared->fastpath, &reason)) {
		reason_keep(shared, &reason);
		if (shared->state->leases)
			nat64_leases_share(shared->state->leases, (struct nat64_leases_shared){0});
		shared->state->shared = (struct nat64_leases_shared){0};
		fastpath_free(shared->fastpath);
		shared->fastpath = NULL;
	}
	if (!shared->fastpath && shared->state->settings->translation.fast_path)
		conf_log_event(log, LOG_NOTICE, "FAST_PATH", NULL, "no fast path: %s; every packet goes through the device",
			       shared->fastpath_off ? shared->fastpath_off : "out of memory");
	fastpath_follow(shared);
}

void fastpath_room_check(const struct worker_shared *shared, const struct log *log)
{
	uint64_t room = shared->state->shared.count;

	if (room && room < PLAIN_LEASES && room < pool_size(&shared->state->settings->translation))
		conf_log_event(log, LOG_NOTICE, "FAST_PATH", NULL,
			       "the pool has grown: the fast path serves its first %llu addresses, and all of them after a restart of nat64d",
			       (unsigned long long)room);
}

void fastpath_follow(const struct worker_shared *shared)
{
	const struct state *state = shared->state;

	if (shared->fastpath)
		fastpath_change(shared->fastpath, state->generation, state->is_repeatable, shared->mtu,
				state->settings->translation.offlink_mtu);
}

void fastpath_end(struct worker_shared *shared)
{
	fastpath_free(shared->fastpath);
	free(shared->fastpath_off);
	shared->fastpath = NULL;
	shared->fastpath_off = NULL;
}
