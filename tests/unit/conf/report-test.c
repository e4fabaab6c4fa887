/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages, one by one and in one line. */
#include "conf/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void messages_keep_their_order_and_place(void **state)
{
	struct conf_report report = {0};

	(void)state;
	conf_report_add(&report, "%s is wrong", "that");
	conf_report_add_at(&report, "relay.conf", 7, "so is %d", 5);
	conf_report_add_at(&report, "relay.conf", 0, "and the rest");
	assert_int_equal(report.count, 3);
	assert_string_equal(report.lines[0], "that is wrong");
	assert_string_equal(report.lines[1], "relay.conf: line 7: so is 5");
	assert_string_equal(report.lines[2], "relay.conf: and the rest");
	conf_report_clear(&report);
	assert_int_equal(report.count, 0);
}

static void what_nobody_wants_to_know_is_counted_alone(void **state)
{
	struct conf_report *report = CONF_REPORT_DISCARD;

	(void)state;
	conf_report_add(report, "%s is wrong", "that");
	conf_report_add_at(report, "relay.conf", 7, "so is %d", 5);
	assert_int_equal(report->count, 2);
	assert_null(report->lines);
}

/* Cut to every size: always with a NUL, and nothing written behind it. */
static void one_line_is_cut_to_size(void **state)
{
	static const char whole[] = "one; two; three";
	struct conf_report report = {0};
	char text[sizeof(whole) + 1];

	(void)state;
	conf_report_join(&report, text, sizeof(text));
	assert_string_equal(text, "");
	conf_report_add(&report, "one");
	conf_report_add(&report, "two");
	conf_report_add(&report, "three");
	for (size_t size = 1; size <= sizeof(whole); size++) {
		memset(text, '#', sizeof(text));
		conf_report_join(&report, text, size);
		assert_int_equal(strlen(text), size - 1);
		assert_memory_equal(text, whole, size - 1);
		assert_int_equal(text[size], '#');
	}
	conf_report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_keep_their_order_and_place),
		cmocka_unit_test(what_nobody_wants_to_know_is_counted_alone),
		cmocka_unit_test(one_line_is_cut_to_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
