/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The token bucket: a burst, a rate, and nothing saved up beyond the burst. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nat64/pool/bucket.h"

#define SECOND INT64_C(1000000000)

/* How many tokens there are at one moment. */
static unsigned drain(struct bucket *bucket, int64_t now)
{
	unsigned count = 0;

	while (bucket_consume(bucket, now))
		count++;
	return count;
}

static void begins_with_a_burst(void **state)
{
	struct bucket bucket = {0};

	(void)state;
	assert_int_equal(drain(&bucket, 100 * SECOND), BUCKET_BURST);
}

static void fills_at_the_rate(void **state)
{
	struct bucket bucket = {0};
	unsigned count = 0;

	(void)state;
	drain(&bucket, 100 * SECOND);
	for (int64_t now = 100 * SECOND; now <= 102 * SECOND; now += SECOND / 1000)
		count += drain(&bucket, now);
	assert_int_equal(count, 2 * BUCKET_RATE);
}

static void saves_up_no_more_than_a_burst(void **state)
{
	struct bucket bucket = {0};

	(void)state;
	drain(&bucket, 100 * SECOND);
	assert_int_equal(drain(&bucket, 5000 * SECOND), BUCKET_BURST);
}

static void other_rates(void **state)
{
	static const struct {
		unsigned rate, burst;
	} rows[] = {{0, 0}, {1, 1}, {20, 1}, {100, 5}, {20000, 1000}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bucket bucket = {0};
		unsigned count = 0;

		while (bucket_consume_at(&bucket, 100 * SECOND, rows[i].rate))
			count++;
		assert_int_equal(count, rows[i].burst);
		for (unsigned step = 1; step <= 1000; step++)
			while (bucket_consume_at(&bucket, 100 * SECOND + step * (SECOND / 1000), rows[i].rate))
				count++;
		assert_int_equal(count, rows[i].burst + rows[i].rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_with_a_burst),
		cmocka_unit_test(fills_at_the_rate),
		cmocka_unit_test(other_rates),
		cmocka_unit_test(saves_up_no_more_than_a_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
