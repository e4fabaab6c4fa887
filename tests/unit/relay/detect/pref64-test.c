/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PREF64 options in router advertisements, right and wrong (RFC 8781 section 4). */
#include "relay/detect/pref64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEADER                134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0
#define LINK_LAYER            1, 1, 2, 0, 0, 0, 0, 1
#define WELL_KNOWN(high, low) 38, 2, high, low, 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0

static void assert_prefix(const struct relay_pref64 *found, const char *text, unsigned lifetime)
{
	char printed[CONF_PREFIX_TEXT];

	assert_string_equal(conf_prefix6_print(&found->prefix, printed), text);
	assert_int_equal(found->lifetime, lifetime);
}

static void options_are_found_among_others(void **state)
{
	static const unsigned char message[] = {HEADER, LINK_LAYER, WELL_KNOWN(0x07, 0x08), LINK_LAYER, WELL_KNOWN(0, 0)};
	struct relay_pref64 found[RELAY_PREF64_MAX];
	(void)state;

	assert_int_equal(relay_pref64_parse(message, sizeof(message), found), 2);
	assert_prefix(&found[0], "64:ff9b::/96", 1800);
	assert_prefix(&found[1], "64:ff9b::/96", 0);
}

/* Bits behind a shorter prefix are ignored. */
static void each_code_is_a_length(void **state)
{
	static const char *const prefixes[] = {"2001:db8:1:2:3:4::/96", "2001:db8:1:2::/64", "2001:db8:1::/56",
					       "2001:db8:1::/48",       "2001:db8::/40",     "2001:db8::/32"};
	unsigned char message[] = {HEADER, 38, 2, 0, 8, 0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4};
	struct relay_pref64 found[RELAY_PREF64_MAX];
	(void)state;

	for (unsigned char code = 0; code < 6; code++) {
		message[19] = (unsigned char)(8 | code);
		assert_int_equal(relay_pref64_parse(message, sizeof(message), found), 1);
		assert_prefix(&found[0], prefixes[code], 8);
	}
	for (unsigned char code = 6; code < 8; code++) {
		message[19] = (unsigned char)(8 | code);
		assert_int_equal(relay_pref64_parse(message, sizeof(message), found), 0);
	}
}

static void what_is_no_unicast_prefix_is_none(void **state)
{
	static const unsigned char message[] = {HEADER, 38,   2, 7,  8, 0, 0, 0,    0,    0,
						0,      0,    0, 0,  0, 0, 0, 38,   2,    7,
						8,      0xff, 2, 0,  0, 0, 0, 0,    0,    0,
						0,      0,    0, 38, 2, 7, 8, 0xfe, 0x80, 0,
						0,      0,    0, 0,  0, 0, 0, 0,    0,    WELL_KNOWN(7, 8)};
	struct relay_pref64 found[RELAY_PREF64_MAX];
	(void)state;

	assert_int_equal(relay_pref64_parse(message, sizeof(message), found), 1);
	assert_prefix(&found[0], "64:ff9b::/96", 1800);
}

static void what_is_cut_or_wrong_is_no_option(void **state)
{
	static const unsigned char zero[] = {HEADER, 38, 0, 7, 8, 0, 0x64, 0xff, 0x9b,
					     0,      0,  0, 0, 0, 0, 0,    0,    WELL_KNOWN(7, 8)};
	static const unsigned char longer[] = {HEADER, 38, 3, 7, 8, 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0,
					       0,      0,  0, 0, 0, 0, 0,    0,    0,    0, 0, 0};
	static const unsigned char solicitation[] = {
		133, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WELL_KNOWN(7, 8)};
	static const unsigned char good[] = {HEADER, WELL_KNOWN(7, 8)};
	struct relay_pref64 found[RELAY_PREF64_MAX];
	(void)state;

	for (size_t length = 0; length < sizeof(good); length++)
		assert_int_equal(relay_pref64_parse(good, length, found), 0);
	assert_int_equal(relay_pref64_parse(good, sizeof(good), found), 1);
	assert_int_equal(relay_pref64_parse(zero, sizeof(zero), found), 0);
	assert_int_equal(relay_pref64_parse(longer, sizeof(longer), found), 0);
	assert_int_equal(relay_pref64_parse(solicitation, sizeof(solicitation), found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_found_among_others),
		cmocka_unit_test(each_code_is_a_length),
		cmocka_unit_test(what_is_no_unicast_prefix_is_none),
		cmocka_unit_test(what_is_cut_or_wrong_is_no_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
