/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a relay leaves its clients to another one, and when it takes them back. All times are made up. */
#include "relay/watch/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEP = 1000 };

/* A relay that has reached everything, at time *now. */
static struct relay_yield reaching(uint64_t *now)
{
	struct relay_yield yield = {.yields = false};

	*now = 1000;
	assert_true(relay_yield_reach_note(&yield, true, *now));
	return yield;
}

/* So many bad looks that it is sure. */
static void lose(struct relay_yield *yield, uint64_t *now)
{
	for (int i = 0; i < RELAY_HEALTH_BAD; i++, *now += STEP)
		relay_yield_reach_note(yield, false, *now);
	assert_int_equal(yield->reach.state, RELAY_HEALTH_UNHEALTHY);
}

/* Good looks until it is sure. How many. */
static unsigned regain(struct relay_yield *yield, uint64_t *now)
{
	unsigned looks = 0;

	while (yield->reach.state != RELAY_HEALTH_HEALTHY && looks < 1000) {
		relay_yield_reach_note(yield, true, *now);
		*now += STEP;
		looks++;
	}
	return looks;
}

static void the_routes_go_when_another_relay_reaches_it(void **state)
{
	uint64_t now;
	struct relay_yield yield = reaching(&now);

	(void)state;
	relay_yield_reach_note(&yield, false, now);
	assert_false(relay_yield_decide(&yield, now));
	lose(&yield, &now);
	assert_false(yield.yields); /* nobody was asked */
	assert_true(relay_yield_others_note(&yield, true, false, now));
	assert_true(yield.yields);
}

static void the_routes_stay_when_the_others_share_the_cause(void **state)
{
	uint64_t now;
	struct relay_yield yield = reaching(&now);

	(void)state;
	lose(&yield, &now);
	for (int i = 0; i < 100; i++, now += STEP)
		assert_false(relay_yield_others_note(&yield, false, false, now));
	assert_false(yield.yields);
}

static void an_answer_of_an_earlier_failure_counts_no_more(void **state)
{
	uint64_t now;
	struct relay_yield yield = reaching(&now);

	(void)state;
	lose(&yield, &now);
	relay_yield_others_note(&yield, true, true, now);
	assert_true(yield.yields);
	regain(&yield, &now);
	now += RELAY_YIELD_LEAST_MS;
	assert_true(relay_yield_decide(&yield, now));
	lose(&yield, &now);
	assert_false(relay_yield_decide(&yield, now));
	assert_false(yield.yields);
}

static void who_reaches_everything_again_stays_away_for_a_while(void **state)
{
	uint64_t now;
	struct relay_yield yield = reaching(&now);

	(void)state;
	lose(&yield, &now);
	relay_yield_others_note(&yield, true, true, now);
	regain(&yield, &now);
	assert_true(now - yield.since < RELAY_YIELD_LEAST_MS);
	assert_false(relay_yield_decide(&yield, yield.since + RELAY_YIELD_LEAST_MS - 1));
	assert_true(yield.yields);
	assert_true(relay_yield_decide(&yield, yield.since + RELAY_YIELD_LEAST_MS));
	assert_false(yield.yields);
}

static void what_flaps_has_to_prove_itself_for_longer(void **state)
{
	uint64_t now;
	struct relay_yield yield = reaching(&now);
	unsigned before = 0, looks;

	(void)state;
	for (int round = 0; round < 4; round++, before = looks) {
		lose(&yield, &now);
		looks = regain(&yield, &now);
		assert_int_equal(looks, before == 0 ? RELAY_HEALTH_GOOD : 2 * before);
	}
}

static void the_routes_come_back_at_once_when_the_other_relay_fails(void **state)
{
	uint64_t now;
	struct relay_yield yield = reaching(&now);
	int answers = 0;

	(void)state;
	lose(&yield, &now);
	relay_yield_others_note(&yield, true, true, now);
	while (yield.yields && answers < 100) {
		relay_yield_others_note(&yield, false, true, now += STEP);
		answers++;
	}
	assert_int_equal(answers, RELAY_HEALTH_BAD);
	assert_true(relay_yield_others_note(&yield, true, true, now) || !yield.yields);
	assert_false(yield.yields); /* one good answer is not enough after a relapse */
}

static void when_nobody_takes_over_the_routes_come_back_for_good(void **state)
{
	uint64_t now, from;
	struct relay_yield yield = reaching(&now);

	(void)state;
	lose(&yield, &now);
	relay_yield_others_note(&yield, true, false, from = now);
	assert_false(relay_yield_others_note(&yield, true, false, from + RELAY_YIELD_TAKEOVER_MS - 1));
	assert_true(relay_yield_others_note(&yield, true, false, now = from + RELAY_YIELD_TAKEOVER_MS));
	assert_false(yield.yields);
	for (int i = 0; i < 100; i++)
		assert_false(relay_yield_others_note(&yield, true, false, now += STEP));
	regain(&yield, &now);
	lose(&yield, &now);
	assert_false(relay_yield_others_note(&yield, true, false, now));
	now += RELAY_HEALTH_FORGET_MS;
	regain(&yield, &now);
	lose(&yield, &now);
	assert_true(relay_yield_others_note(&yield, true, false, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_routes_go_when_another_relay_reaches_it),
		cmocka_unit_test(the_routes_stay_when_the_others_share_the_cause),
		cmocka_unit_test(an_answer_of_an_earlier_failure_counts_no_more),
		cmocka_unit_test(who_reaches_everything_again_stays_away_for_a_while),
		cmocka_unit_test(what_flaps_has_to_prove_itself_for_longer),
		cmocka_unit_test(the_routes_come_back_at_once_when_the_other_relay_fails),
		cmocka_unit_test(when_nobody_takes_over_the_routes_come_back_for_good),
	};

	return cmocka_run_group_tests_name("yield", tests, NULL, NULL);
}
