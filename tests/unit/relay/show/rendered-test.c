/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two rendered states, compared. */
#include "relay/show/rendered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A line of a state: its name is what stands before the first space, or all of it. */
struct line {
	enum relay_topic topic;
	const char *text;
};

static char *state_of(const struct line *lines)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	for (; lines->text; lines++)
		relay_rendered_print(stream, lines->topic, lines->text, strcspn(lines->text, " "));
	assert_int_equal(fclose(stream), 0);
	return text;
}

/* The differences, "-OLD" and "+NEW" for each, in order. */
static void assert_differs(const struct line *old_lines, const struct line *new_lines, const char *expected)
{
	char *old = state_of(old_lines), *new = state_of(new_lines), got[400] = "";
	size_t count;
	struct relay_difference *found = relay_rendered_compare(old, new, &count);

	assert_non_null(found);
	for (size_t i = 0; i < count; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u%s%s%s%s;", (unsigned)found[i].topic,
			 found[i].old ? "-" : "", found[i].old ? found[i].old : "", found[i].new ? "+" : "",
			 found[i].new ? found[i].new : "");
	assert_string_equal(got, expected);
	free(found);
	free(old);
	free(new);
}

static void what_stands_in_both_is_no_difference(void **state)
{
	const struct line a[] = {{RELAY_DNS, "b 1"}, {RELAY_RELAY, "a"}, {0, NULL}}, b[] = {a[1], a[0], {0, NULL}},
			  none[] = {{0, NULL}};

	(void)state;
	assert_differs(a, b, "");
	assert_differs(none, none, "");
	assert_differs(none, a, "0+a;1+b 1;");
	assert_differs(b, none, "0-a;1-b 1;");
}

static void another_value_of_a_name_is_one_difference(void **state)
{
	const struct line a[] = {{RELAY_NODE, "mtu 1280"}, {RELAY_NODE, "name x"}, {0, NULL}},
			  b[] = {{RELAY_NODE, "mtu 1400"}, {RELAY_NODE, "name x"}, {0, NULL}},
			  elsewhere[] = {{RELAY_DNS, "mtu 1400"}, {RELAY_NODE, "name x"}, {0, NULL}};

	(void)state;
	assert_differs(a, b, "3-mtu 1280+mtu 1400;");
	assert_differs(a, elsewhere, "1+mtu 1400;3-mtu 1280;");
}

/* Which of three became which of two, nobody can say. */
static void values_of_a_repeated_name_come_and_go(void **state)
{
	const struct line a[] = {{RELAY_MAPS, "m 1"}, {RELAY_MAPS, "m 2"}, {RELAY_MAPS, "m 3"}, {0, NULL}},
			  b[] = {{RELAY_MAPS, "m 3"}, {RELAY_MAPS, "m 4"}, {RELAY_MAPS, "ma 5"}, {0, NULL}},
			  c[] = {{RELAY_MAPS, "m 5"}, {RELAY_MAPS, "m 6"}, {0, NULL}};

	(void)state;
	assert_differs(a, b, "4-m 1;4-m 2;4+m 4;4+ma 5;");
	assert_differs(&a[2], c, "4-m 3;4+m 5;4+m 6;");
}

static void a_line_that_stands_twice_counts_twice(void **state)
{
	const struct line a[] = {{RELAY_RULES, "drop"}, {RELAY_RULES, "drop"}, {0, NULL}},
			  b[] = {{RELAY_RULES, "drop"}, {0, NULL}};

	(void)state;
	assert_differs(a, b, "6-drop;");
	assert_differs(b, a, "6+drop;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_in_both_is_no_difference),
		cmocka_unit_test(another_value_of_a_name_is_one_difference),
		cmocka_unit_test(values_of_a_repeated_name_come_and_go),
		cmocka_unit_test(a_line_that_stands_twice_counts_twice),
	};

	return cmocka_run_group_tests_name("rendered", tests, NULL, NULL);
}
