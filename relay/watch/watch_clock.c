/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sleep, and a wall clock that is set. No timer of ours depends on the wall clock, so setting it stops none; two cases
 * are left.
 *
 * After a sleep everything is compared at once. And Unbound keeps its cache until a time of the wall clock: when this clock is set back by
 * hours, Unbound keeps answers, and the belief that an upstream is dead, for hours, and clients get such times to live. So the resolver
 * then begins with an empty cache; after the clock is set forward, the cache has expired by itself. How far the clock is set is the distance to the clock of the
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
	*clock = (struct relay_watch_clock){.asleep = relay_clock_asleep_ms(), .ahead = relay_clock_ahead_ms()};
}

static void sleep_notice(struct relay_watch *watch)
{
	sd_event_source **const timers[] = {&watch->reconcile_timer, &watch->thorough_timer, &watch->health.probe_timer,
					    &watch->health.tailnet_timer, &watch->place_timer};
	int64_t asleep = relay_clock_asleep_ms();

	if (asleep > watch->clock.asleep + NAP_MS) {
		relay_print_event(LOG_INFO, "CLOCK", NULL, "the machine was asleep for %" PRId64 " s: examining everything",
				  (asleep - watch->clock.asleep) / 1000);
		for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
			relay_timer_set(watch->loop, timers[i], 0);
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
		relay_print_event(
			LOG_WARNING, "CLOCK", NULL,
			"the clock was set back by %" PRId64
			" s: the resolver starts with an empty cache, because it would keep answers that much longer",
			(watch->clock.ahead - ahead) / 1000);
		watch->clock.is_stale = true;
		relay_timer_set(watch->loop, &watch->clock.timer, 0);
	}
	watch->clock.ahead = ahead;
}

/* A job: done is a bool. */
static void cache_empty(const void *settings, void *done)
{
	*(bool *)done = relay_unbound_reload(settings, false, CONF_REPORT_DISCARD) == 0;
}

/* A resolver that does not answer is asked again; one that begins anew meanwhile has an empty cache twice. */
static void cache_check(struct relay_watch *watch)
{
	bool done = false;

	if (relay_job_is_over(&watch->clock.emptying, &done, sizeof(done))) {
		watch->clock.is_stale = !done;
		relay_timer_set(watch->loop, &watch->clock.timer, AGAIN_MS);
	}
	if (watch->clock.is_stale && watch->clock.emptying.pid == 0 && relay_timer_is_due(watch->clock.timer) &&
	    relay_job_start(watch->loop, &watch->clock.emptying, cache_empty, watch->settings, sizeof(done), EMPTY_MS) != 0)
		relay_timer_set(watch->loop, &watch->clock.timer, AGAIN_MS);
}

void relay_watch_clock_check(struct relay_watch *watch)
{
	sleep_notice(watch);
	setting_notice(watch);
	cache_check(watch);
}
