/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture of a trace, and its object: widths, colours, texts of others. */
#include "relay/trace/hop.h"

#include "relay/cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct relay_hop hops[RELAY_HOPS];

/* All is well up to the guard, which is a foreign table's. */
static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < RELAY_HOPS; i++) {
		hops[i] = (struct relay_hop){.reached = i <= RELAY_HOP_GUARD, .took_us = -1};
		if (hops[i].reached)
			relay_hop_set(&hops[i], RELAY_MARK_OK, "fine");
	}
	hops[RELAY_HOP_RESOLVER].took_us = 1250;
	relay_hop_set(&hops[RELAY_HOP_GUARD], RELAY_MARK_FAIL, "a firewall drops what clients send to the translator");
	relay_hop_advise(&hops[RELAY_HOP_GUARD], "nft delete table inet foreign");
	hops[RELAY_HOP_GUARD].finding = FINDING_FIREWALL_DROPS;
	return 0;
}

/* The caller frees it. */
static char *drawn(unsigned width, bool colour)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	relay_hops_draw(hops, width, colour, stream);
	fclose(stream);
	return text;
}

static void a_line_is_no_wider_than_the_terminal(void **state)
{
	static const unsigned widths[] = {1, 42, 60, 80, 200};

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char *text = drawn(widths[i], false);
		unsigned most = widths[i] < 42 ? 42 : widths[i]; /* narrower than that nobody can read */

		for (char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= most);
		free(text);
	}
}

static void a_text_is_cut_at_spaces_and_goes_on_below(void **state)
{
	char *text = drawn(60, false);

	(void)state;
	assert_non_null(strstr(text, "[FAIL] guard          a firewall drops what clients send to\n"
				     "  |                   the translator [firewall-drops]\n"
				     "  |                   what to do: nft delete table inet\n"
				     "  |                   foreign\n"
				     "[    ] lease          not reached\n"));
	assert_non_null(strstr(text, "[ ok ] resolver       fine (1.2 ms)\n  |\n[ ok ] upstream       fine\n"));
	free(text);
}

static void without_a_width_a_line_is_as_long_as_it_is(void **state)
{
	char *text = drawn(0, false);

	(void)state;
	assert_non_null(strstr(text, "a firewall drops what clients send to the translator [firewall-drops]\n"));
	free(text);
}

static void colours_are_for_those_who_ask(void **state)
{
	char *plain = drawn(0, false), *coloured = drawn(0, true);

	(void)state;
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(coloured, "[\033[31mFAIL\033[0m] guard"));
	free(plain);
	free(coloured);
}

static void texts_of_others_do_nothing_but_show(void **state)
{
	char *text;

	(void)state;
	relay_hop_set(&hops[RELAY_HOP_GUARD], RELAY_MARK_FAIL, "a\033[2Jb\nc \xe2\x80\xae<b>");
	relay_hop_advise(&hops[RELAY_HOP_GUARD], "%s", "d\re");
	text = drawn(0, false);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\r'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_non_null(strstr(text, "a?[2Jb?c ??"
				     "?<b>"));
	free(text);
}

static void a_character_is_one_column_and_never_cut(void **state)
{
	char *text;

	(void)state;
	relay_hop_set(&hops[RELAY_HOP_GUARD], RELAY_MARK_FAIL, "%s", "ääääääääääääääääääääääääääääääääääääääää"); /* 40 of them */
	hops[RELAY_HOP_GUARD].finding = FINDING_NONE;
	text = drawn(42, false);
	assert_non_null(strstr(text, "guard          ääääääääääääääääääää\n  |                   ääääääääääääääääääää\n"));
	free(text);
}

static void the_verdict_names_the_first_that_failed(void **state)
{
	char text[600];

	(void)state;
	assert_int_equal(relay_hops_failed(hops), RELAY_HOP_GUARD);
	assert_int_equal(relay_hops_exit(hops), RELAY_EXIT_FAILED);
	assert_string_equal(relay_hops_verdict(hops, text, sizeof(text)),
			    "stops at guard: a firewall drops what clients send to the translator");
	for (size_t i = RELAY_HOP_GUARD; i < RELAY_HOPS; i++) {
		hops[i].reached = true;
		relay_hop_set(&hops[i], RELAY_MARK_OK, "fine");
	}
	assert_int_equal(relay_hops_exit(hops), RELAY_EXIT_OK);
	assert_string_equal(relay_hops_verdict(hops, text, sizeof(text)), "works");
	relay_hop_set(&hops[RELAY_HOP_ROUTE], RELAY_MARK_UNKNOWN, "not told");
	assert_int_equal(relay_hops_exit(hops), RELAY_EXIT_REFUSED);
}

static void the_object_has_each_hop_once(void **state)
{
	json_t *list = relay_hops_json(hops), *guard = json_array_get(list, RELAY_HOP_GUARD);

	(void)state;
	assert_int_equal(json_array_size(list), RELAY_HOPS);
	assert_string_equal(json_string_value(json_object_get(guard, "id")), "guard");
	assert_string_equal(json_string_value(json_object_get(guard, "result")), "FAIL");
	assert_string_equal(json_string_value(json_object_get(guard, "finding")), "firewall-drops");
	assert_true(json_is_null(json_object_get(guard, "ms")));
	assert_float_equal(json_real_value(json_object_get(json_array_get(list, RELAY_HOP_RESOLVER), "ms")), 1.25, 1e-9);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, RELAY_HOP_BACK), "result")),
			    "not reached");
	json_decref(list);
}

/* Each finding that a hop may show is a failure, a warning or unknown: a note stops nothing. */
static void no_note_stops_a_packet(void **state)
{
	(void)state;
	for (size_t i = 0; i < FINDINGS; i++)
		if (relay_hop_of_finding((enum relay_finding_id)i) < RELAY_HOPS)
			assert_int_not_equal(relay_finding_types[i].kind, RELAY_FINDING_NOTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_is_no_wider_than_the_terminal, set_up),
		cmocka_unit_test_setup(a_text_is_cut_at_spaces_and_goes_on_below, set_up),
		cmocka_unit_test_setup(without_a_width_a_line_is_as_long_as_it_is, set_up),
		cmocka_unit_test_setup(colours_are_for_those_who_ask, set_up),
		cmocka_unit_test_setup(texts_of_others_do_nothing_but_show, set_up),
		cmocka_unit_test_setup(a_character_is_one_column_and_never_cut, set_up),
		cmocka_unit_test_setup(the_verdict_names_the_first_that_failed, set_up),
		cmocka_unit_test_setup(the_object_has_each_hop_once, set_up),
		cmocka_unit_test(no_note_stops_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
