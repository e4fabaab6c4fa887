/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in wire form: parsing, suffixes at label borders, the limits of RFC 1035 section 2.3.4. */
#include "module/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct wire_name name_of(const char *text)
{
	struct wire_name name;

	if (splitdns_wire_name_parse(text, &name) < 0)
		fail_msg("'%s': expected a name, got an error", text);
	return name;
}

static void assert_wire(const struct wire_name *name, const char *octets, size_t length)
{
	if (name->length != length || memcmp(name->octets, octets, length) != 0)
		fail_msg("expected %zu octets '%s', got %zu octets '%s'", length, octets, name->length, name->octets);
}

static void test_parse(void **state)
{
	struct wire_name name;

	(void)state;
	name = name_of("My-VPS.9929");
	assert_wire(&name,
		    "\6my-vps\4"
		    "9929",
		    13);
	name = name_of("a.b.");
	assert_wire(&name, "\1a\1b", 5);
	name = name_of(".");
	assert_wire(&name, "", 1);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"", "..", ".a", "a..b", "a.b..", "x123456789012345678901234567890123456789012345678901234567890123.a"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct wire_name name;

		if (splitdns_wire_name_parse(bad[i], &name) == 0)
			fail_msg("'%s': expected an error, got a name of %zu octets", bad[i], name.length);
	}
}

/* Labels of 63 octets: three of them and one of 61 make 255 octets with the root; one octet more is too many. */
static void long_name(char *text, size_t last)
{
	for (int i = 0; i < 3; i++, text += 64) {
		memset(text, 'a' + i, 63);
		text[63] = '.';
	}
	memset(text, 'z', last);
	text[last] = '\0';
}

static void test_parse_limits(void **state)
{
	char text[300];
	struct wire_name name;

	(void)state;
	long_name(text, 61);
	assert_int_equal(splitdns_wire_name_parse(text, &name), 0);
	assert_int_equal(name.length, 255);
	long_name(text, 62);
	assert_int_equal(splitdns_wire_name_parse(text, &name), -1);
}

static void assert_suffix(const char *name_text, const char *suffix_text, int expected)
{
	struct wire_name name = name_of(name_text), suffix = name_of(suffix_text);
	size_t offset = 999;
	int got = splitdns_wire_name_find_suffix(name.octets, name.length, &suffix, &offset) ? (int)offset : -1;

	if (got != expected)
		fail_msg("%s below %s: expected %d, got %d", name_text, suffix_text, expected, got);
}

static void test_find_suffix(void **state)
{
	(void)state;
	assert_suffix("host.9929", "9929", 5);
	assert_suffix("a.b.9929", "9929", 4);
	assert_suffix("9929", "9929", 0);
	assert_suffix("host.19929", "9929", -1);
	assert_suffix("host9929", "9929", -1);
	assert_suffix("9929.host", "9929", -1);
	assert_suffix("29", "9929", -1);
	assert_suffix("host.deep.9929", "deep.9929", 5);
	assert_suffix("host.eep.9929", "deep.9929", -1);
	assert_suffix("host.9929", ".", 10);
	assert_suffix(".", "9929", -1);
	assert_suffix(".", ".", 0);
}

static void assert_labels(const char *text, const char *suffix_text, unsigned expected)
{
	struct wire_name name = name_of(text), suffix = name_of(suffix_text);
	size_t offset;

	assert_true(splitdns_wire_name_find_suffix(name.octets, name.length, &suffix, &offset));
	assert_int_equal(splitdns_wire_name_labels(name.octets, offset), expected);
}

static void test_labels_before_the_suffix(void **state)
{
	(void)state;
	assert_labels("9929", "9929", 0);
	assert_labels("host.9929", "9929", 1);
	assert_labels("en.wikipedia.org.9929", "9929", 3);
	assert_labels("a.b.hk.internal", "hk.internal", 2);
	assert_labels("a.b", ".", 2);
}

/* The last label holds what looks like a label and the suffix: only real borders count. */
static void test_suffix_inside_a_label(void **state)
{
	static const uint8_t name[] = "\10abc\0049929";
	struct wire_name suffix = name_of("9929");
	size_t offset;

	(void)state;
	assert_false(splitdns_wire_name_find_suffix(name, sizeof(name), &suffix, &offset));
}

static void test_case_makes_no_difference(void **state)
{
	static const uint8_t name[] = "\4HoSt\5SpLiT\4tEsT";
	struct wire_name suffix = name_of("split.test");
	size_t offset = 0;

	(void)state;
	assert_true(splitdns_wire_name_find_suffix(name, sizeof(name), &suffix, &offset));
	assert_int_equal(offset, 5);
}

/* Folding must touch letters alone: '[' and '{' differ in the same bit as 'A' and 'a'. */
static void test_only_letters_are_folded(void **state)
{
	static const uint8_t name[] = "\4a[b@";
	struct wire_name suffix = name_of("a{b`");
	size_t offset;

	(void)state;
	assert_false(splitdns_wire_name_find_suffix(name, sizeof(name), &suffix, &offset));
}

static void test_exchange(void **state)
{
	struct wire_name name = name_of("my-vps.9929"), real = name_of("tail1234.ts.net"), out;

	(void)state;
	assert_int_equal(splitdns_wire_name_exchange_suffix(name.octets, 7, &real, &out), 0);
	assert_wire(&out, "\6my-vps\10tail1234\2ts\3net", 24);
	real = name_of(".");
	assert_int_equal(splitdns_wire_name_exchange_suffix(name.octets, 7, &real, &out), 0);
	assert_wire(&out, "\6my-vps", 8);
}

static void test_exchange_limit(void **state)
{
	struct wire_name name, real = name_of("bb"), out; /* 4 octets */
	char text[300];

	(void)state;
	long_name(text, 61); /* 3 * 64 + 62 octets before the root */
	name = name_of(text);
	assert_int_equal(splitdns_wire_name_exchange_suffix(name.octets, 251, &real, &out), 0);
	assert_int_equal(out.length, 255);
	assert_int_equal(splitdns_wire_name_exchange_suffix(name.octets, 252, &real, &out), -1);
}

static void test_is_in(void **state)
{
	static const struct {
		const char *octets;
		size_t length;
		bool found;
	} rows[] = {
#define ROW(octets, found) {octets, sizeof(octets) - 1, found}
		ROW("v=1 see my-vps.Tail1234.TS.net.", true),
		ROW("\6my-vps\x08tail1234\2ts\3net\0", true),
		ROW("tail1234.ts.net", true),
		ROW("tail1234.ts.ne", false),
		ROW("tail1234-ts.net", false),
		ROW("tail1234.tsxnet", false),
		ROW("", false),
		ROW("ts.net", false),
		ROW("tail1235.ts.net", false),
	};
	struct wire_name name = name_of("tail1234.ts.net"), root = name_of("."), one = name_of("x");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (splitdns_wire_name_is_in(&name, (const uint8_t *)rows[i].octets, rows[i].length) != rows[i].found)
			fail_msg("'%s': expected %s", rows[i].octets, rows[i].found ? "the name in it" : "no name in it");
	assert_false(splitdns_wire_name_is_in(&root, (const uint8_t *)"\0.", 2));
	assert_true(splitdns_wire_name_is_in(&one, (const uint8_t *)"aXb", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_is_in),
		cmocka_unit_test(test_parse_limits),
		cmocka_unit_test(test_find_suffix),
		cmocka_unit_test(test_labels_before_the_suffix),
		cmocka_unit_test(test_suffix_inside_a_label),
		cmocka_unit_test(test_case_makes_no_difference),
		cmocka_unit_test(test_only_letters_are_folded),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_exchange_limit),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
