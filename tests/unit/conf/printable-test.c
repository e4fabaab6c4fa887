/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others: what a terminal would obey is replaced, what people write stays. */
#include "conf/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, const char *keep, const char *expected)
{
	char copy[128];

	snprintf(copy, sizeof(copy), "%s", text);
	assert_true(conf_printable_make(copy, strlen(text), keep) == (strcmp(text, expected) != 0));
	assert_string_equal(copy, expected);
}

static void letters_of_any_script_stay(void **state)
{
	(void)state;
	expect("", "", "");
	expect("my-vps.9929: 5 % of {all}, ~1", "", "my-vps.9929: 5 % of {all}, ~1");
	expect("\xe4\xb8\xad\xe7\xbb\xa7 gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "",
	       "\xe4\xb8\xad\xe7\xbb\xa7 gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
}

static void control_characters_go(void **state)
{
	(void)state;
	expect("a\x1b[2Jb\x07", "", "a?[2Jb?");
	expect("a\nb\tc\rd", "", "a?b?c?d");
	expect("a\nb\tc\rd", "\n\t", "a\nb\tc?d");
	expect("\x7f", "", "?");
	expect("\xc2\x9b"
	       "31m",
	       "", "??31m"); /* CSI of C1, as UTF-8 */
	expect("\x9b"
	       "31m",
	       "", "?31m"); /* and as Latin-1 */
}

static void hidden_characters_go(void **state)
{
	(void)state;
	expect("\xe2\x80\xae"
	       "gpj",
	       "", "???gpj"); /* U+202E, right to left */
	expect("a\xe2\x80\x8b"
	       "b",
	       "", "a???b");                    /* U+200B, no width */
	expect("\xef\xbb\xbf", "", "???");      /* U+FEFF */
	expect("\xf3\xa0\x81\x81", "", "????"); /* U+E0041, a tag */
}

static void what_is_no_utf8_goes(void **state)
{
	(void)state;
	expect("\xc0\x9b", "", "??"); /* ESC, longer than it has to be */
	expect("\xe0\x80\x9b", "", "???");
	expect("\xc3", "", "?"); /* cut off */
	expect("\xe4\xb8", "", "??");
	expect("\xed\xa0\x80", "", "???");      /* a surrogate */
	expect("\xf4\x90\x80\x80", "", "????"); /* beyond Unicode */
	expect("\xff\xfe"
	       "a",
	       "", "??a");
}

/* A NUL is among the octets that are replaced, and never kept. */
static void nul_goes(void **state)
{
	char text[] = {'a', '\0', 'b'};

	(void)state;
	assert_true(conf_printable_make(text, sizeof(text), "\n"));
	assert_memory_equal(text, "a?b", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_of_any_script_stay),
		cmocka_unit_test(control_characters_go),
		cmocka_unit_test(hidden_characters_go),
		cmocka_unit_test(what_is_no_utf8_goes),
		cmocka_unit_test(nul_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
