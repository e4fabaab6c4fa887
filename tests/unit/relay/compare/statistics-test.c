/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loss, percentiles and jitter of round trips that are written down. */
#include "relay/compare/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LOST RELAY_COMPARE_NO_REPLY

static void percentiles_are_by_the_nearest_rank(void **state)
{
	struct relay_compare_statistics found;
	uint32_t times[20];
	(void)state;

	for (uint32_t i = 0; i < 20; i++)
		times[i] = (20 - i) * 1000; /* 20 ms down to 1 ms */
	found = relay_compare_statistics_of(times, 20);
	assert_float_equal(found.p50_ms, 10, 1e-9);
	assert_float_equal(found.p95_ms, 19, 1e-9);
	found = relay_compare_statistics_of(times, 1);
	assert_float_equal(found.p50_ms, 20, 1e-9);
	assert_float_equal(found.p95_ms, 20, 1e-9);
	found = relay_compare_statistics_of(times, 3); /* 18, 19, 20 */
	assert_float_equal(found.p50_ms, 19, 1e-9);
	assert_float_equal(found.p95_ms, 20, 1e-9);
}

/* |12 - 10|, |9 - 12|, |13 - 9|: the mean of 2, 3 and 4; what is lost is in no difference. */
static void jitter_is_the_mean_difference_of_neighbours(void **state)
{
	static const uint32_t times[] = {10000, 12000, LOST, 9000, 13000};
	struct relay_compare_statistics found = relay_compare_statistics_of(times, 5);
	(void)state;

	assert_float_equal(found.jitter_ms, 3, 1e-9);
	assert_int_equal(found.sent, 5);
	assert_int_equal(found.received, 4);
	assert_float_equal(found.loss, 0.2, 1e-9);
}

static void what_was_not_measured_is_below_zero(void **state)
{
	static const uint32_t lost[] = {LOST, LOST}, one[] = {LOST, 700};
	struct relay_compare_statistics found = relay_compare_statistics_of(lost, 2);
	(void)state;

	assert_float_equal(found.loss, 1, 1e-9);
	assert_int_equal(found.received, 0);
	assert_true(found.p50_ms < 0 && found.p95_ms < 0 && found.jitter_ms < 0);
	found = relay_compare_statistics_of(one, 2);
	assert_float_equal(found.p50_ms, 0.7, 1e-9);
	assert_true(found.jitter_ms < 0);
	found = relay_compare_statistics_of(one, 0);
	assert_float_equal(found.loss, 0, 1e-9);
	assert_int_equal(found.sent, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_by_the_nearest_rank),
		cmocka_unit_test(jitter_is_the_mean_difference_of_neighbours),
		cmocka_unit_test(what_was_not_measured_is_below_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
