/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What waits and works in rounds asks after each event which of its timers are due. A timer stays due until it is set again, and wakes the loop once.
 * Times are of the monotonic clock, so that a clock that is set does no harm.
 */
#include "relay/host/loop.h"

#include "relay/host/clock.h"

#include <signal.h>
#include <time.h>

enum { ACCURACY_US = 1000 };

static void signal_block(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

sd_event *relay_loop_new(void)
{
	sd_event *loop = NULL;

	signal_block(SIGCHLD);
	sd_event_new(&loop);
	return loop;
}

void relay_loop_signal(sd_event *loop, int signal, sd_event_signal_handler_t heed, void *context)
{
	signal_block(signal);
	sd_event_add_signal(loop, NULL, signal, heed, context);
}

bool relay_loop_wait(sd_event *loop, uint64_t end)
{
	uint64_t now = relay_clock_ms();

	return now < end && sd_event_run(loop, end == UINT64_MAX ? end : (end - now) * 1000) > 0;
}

static int wake(sd_event_source *timer, uint64_t time, void *context)
{
	(void)timer;
	(void)time;
	(void)context;
	return 0;
}

/* In microseconds. */
static uint64_t time_of(sd_event_source *timer)
{
	uint64_t time = 0;

	if (timer)
		sd_event_source_get_time(timer, &time);
	return time;
}

static uint64_t time_in(uint64_t ms)
{
	uint64_t now = relay_clock_us();

	return ms < (UINT64_MAX - now) / 1000 ? now + ms * 1000 : UINT64_MAX;
}

void relay_timer_set(sd_event *loop, sd_event_source **timer, uint64_t ms)
{
	if (*timer) {
		sd_event_source_set_time(*timer, time_in(ms));
		sd_event_source_set_enabled(*timer, SD_EVENT_ONESHOT);
	} else if (sd_event_add_time(loop, timer, CLOCK_MONOTONIC, time_in(ms), ACCURACY_US, wake, NULL) >= 0) {
		sd_event_source_set_floating(*timer, true);
		sd_event_source_unref(*timer);
	}
}

void relay_timer_hasten(sd_event *loop, sd_event_source **timer, uint64_t ms)
{
	if (time_of(*timer) > time_in(ms))
		relay_timer_set(loop, timer, ms);
}

bool relay_timer_is_due(sd_event_source *timer)
{
	return time_of(timer) <= relay_clock_us();
}
