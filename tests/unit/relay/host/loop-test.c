/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers: which are due, and that each wakes the loop once. */
#include "relay/host/clock.h"
#include "relay/host/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int loop_begin(void **state)
{
	*state = relay_loop_new();
	return *state ? 0 : -1;
}

static int loop_end(void **state)
{
	sd_event_unref(*state);
	return 0;
}

/* The time of a timer, in ms. */
static uint64_t time_of(sd_event_source *timer)
{
	uint64_t time;

	assert_true(sd_event_source_get_time(timer, &time) >= 0);
	return time / 1000;
}

static void a_timer_that_was_never_set_is_due(void **state)
{
	sd_event_source *timer = NULL;

	assert_true(relay_timer_is_due(timer));
	assert_false(relay_loop_wait(*state, relay_clock_ms() + 1));
}

static void a_timer_is_due_at_its_time_and_wakes_once(void **state)
{
	sd_event_source *timer = NULL;

	for (unsigned ms = 0; ms < 40; ms += 20) {
		uint64_t set = relay_clock_ms();
		bool due;

		relay_timer_set(*state, &timer, ms);
		due = relay_timer_is_due(timer);
		assert_true(ms == 0 || !due || relay_clock_ms() >= set + ms); /* on a busy machine it may be */
		assert_true(relay_loop_wait(*state, UINT64_MAX));
		assert_true(relay_timer_is_due(timer));
		assert_false(relay_loop_wait(*state, relay_clock_ms() + 1));
		assert_true(relay_timer_is_due(timer)); /* until it is set again */
	}
}

static void a_timer_set_to_now_is_due_before_the_loop_runs(void **state)
{
	sd_event_source *timer = NULL;

	relay_timer_set(*state, &timer, 60000);
	assert_false(relay_timer_is_due(timer));
	relay_timer_set(*state, &timer, 0);
	assert_true(relay_timer_is_due(timer));
}

static void a_timer_of_never_is_never_due(void **state)
{
	sd_event_source *timer = NULL;

	relay_timer_set(*state, &timer, RELAY_TIMER_NEVER);
	assert_false(relay_timer_is_due(timer));
	assert_false(relay_loop_wait(*state, relay_clock_ms() + 1));
	relay_timer_hasten(*state, &timer, 0);
	assert_true(relay_timer_is_due(timer));
	assert_true(relay_loop_wait(*state, UINT64_MAX));
}

static void to_hasten_postpones_nothing(void **state)
{
	uint64_t before = relay_clock_ms();
	sd_event_source *timer = NULL;

	relay_timer_hasten(*state, &timer, 60000);
	assert_true(relay_timer_is_due(timer));
	relay_timer_set(*state, &timer, 60000);
	relay_timer_hasten(*state, &timer, 90000);
	assert_in_range(time_of(timer), before + 60000, relay_clock_ms() + 60000);
	before = relay_clock_ms();
	relay_timer_hasten(*state, &timer, 30000);
	assert_in_range(time_of(timer), before + 30000, relay_clock_ms() + 30000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_timer_that_was_never_set_is_due, loop_begin, loop_end),
		cmocka_unit_test_setup_teardown(a_timer_is_due_at_its_time_and_wakes_once, loop_begin, loop_end),
		cmocka_unit_test_setup_teardown(a_timer_set_to_now_is_due_before_the_loop_runs, loop_begin, loop_end),
		cmocka_unit_test_setup_teardown(a_timer_of_never_is_never_due, loop_begin, loop_end),
		cmocka_unit_test_setup_teardown(to_hasten_postpones_nothing, loop_begin, loop_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
