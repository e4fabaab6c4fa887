/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the clocks tell. Nothing of ours is timed by the wall clock, so that one that is set, forward or back, stops no timer; two things
 * are left to do.
 *
 * A machine that was asleep is looked at at once. And Unbound keeps what it knows until a time of the wall clock: when that is set back by
 * hours, an answer, or the belief that an upstream is dead, is kept for hours, and clients are told such times to live. So the resolver
 * then begins with an empty cache; set forward, it has forgotten by itself. How far the clock is set is the distance to the clock of the
 * boot, which nobody sets; the greatest since the cache was last empty counts.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/host/clock.h"
#include "relay/cli/print.h"
#include "relay/ask/unbound_reload.h"

#include <inttypes.h>
#include <syslog.h>

enum { NAP_MS = 1000, SET_BACK_MS = 10000, EMPTY_MS = 30000, AGAIN_MS = 5000 };

void relay_watch_clock_init(struct relay_watch_clock *clock)
{
	*clock = (struct relay_watch_clock){
		.asleep = relay_clock_asleep_ms(), .ahead = relay_clock_ahead_ms(), .due = UINT64_MAX};
}

static void sleep_notice(struct relay_watch *watch)
{
	int64_t asleep = relay_clock_asleep_ms();

	if (asleep > watch->clock.asleep + NAP_MS) {
		relay_print_event(LOG_INFO, "CLOCK", NULL,
				  "the machine was asleep for %" PRId64 " s: looking at everything",
				  (asleep - watch->clock.asleep) / 1000);
		watch->look_due = watch->thorough_due = watch->probe_due = watch->tailnet_due = watch->place_due = 0;
	}
	if (asleep > watch->clock.asleep)
		watch->clock.asleep = asleep;
}

static void setting_notice(struct relay_watch *watch)
{
	int64_t ahead = relay_clock_ahead_ms();

	if (ahead > watch->clock.ahead)
		watch->clock.ahead = ahead;
	if (watch->clock.ahead - ahead < SET_BACK_MS)
		return;
	if (watch->settings->dns.edge_address_count > 0 && watch->placed) {
		relay_print_event(LOG_WARNING, "CLOCK", NULL,
				  "the clock was set back by %" PRId64
				  " s: the resolver begins with an empty cache, for it would keep all that longer",
				  (watch->clock.ahead - ahead) / 1000);
		watch->clock.due = 0;
	}
	watch->clock.ahead = ahead;
}

/* A job: done is a bool. */
static void cache_empty(const void *settings, void *done)
{
	struct conf_report quiet = {0};

	*(bool *)done = relay_unbound_reload(settings, false, &quiet) == 0;
	conf_report_clear(&quiet);
}

/* A resolver that does not answer is asked again; one that begins anew meanwhile has an empty cache twice. */
static void cache_check(struct relay_watch *watch)
{
	bool done = false;

	if (relay_job_is_over(&watch->clock.emptying, &done, sizeof(done)))
		watch->clock.due = done ? UINT64_MAX : relay_clock_ms() + AGAIN_MS;
	if (watch->clock.emptying.pid == 0 && relay_clock_ms() >= watch->clock.due &&
	    relay_job_start(&watch->clock.emptying, cache_empty, watch->settings, sizeof(done), EMPTY_MS) != 0)
		watch->clock.due = relay_clock_ms() + AGAIN_MS;
}

void relay_watch_clock_check(struct relay_watch *watch)
{
	sleep_notice(watch);
	setting_notice(watch);
	cache_check(watch);
}

uint64_t relay_watch_clock_due(const struct relay_watch_clock *clock)
{
	return clock->emptying.pid != 0 ? relay_job_due(&clock->emptying) : clock->due;
}
