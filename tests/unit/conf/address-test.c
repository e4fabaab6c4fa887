/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and prefixes as text, their parts and their reverse zones. */
#include "tests/unit/conf/settings-lab.h"

#include "conf/address.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void prefixes_parse(void **state)
{
	(void)state;
	struct conf_prefix4 four;
	struct conf_prefix6 six;
	char text[CONF_PREFIX_TEXT];
	static const char *const bad4[] = {
		"",           "/",          "1.2.3.4/", "1.2.3.4/33", "1.2.3/8",
		"1.2.3.4/-1", "1.2.3.4/8x", "::/8",     "1.2.3.4/ 8", "1.2.3.4/99999999999999999999"};
	static const char *const bad6[] = {"", "fd00::/129", "1.2.3.4", "fd00::/", "fd00:/8", "fd00::%eth0/64"};

	assert_int_equal(conf_prefix4_parse("192.168.240.0/20", &four), 0);
	assert_string_equal(conf_prefix4_print(&four, text), "192.168.240.0/20");
	assert_int_equal(conf_prefix4_parse("10.0.0.1", &four), 0);
	assert_int_equal(four.length, 32);
	assert_int_equal(conf_prefix6_parse("fd64:9929::/96", &six), 0);
	assert_string_equal(conf_prefix6_print(&six, text), "fd64:9929::/96");
	for (size_t i = 0; i < sizeof(bad4) / sizeof(*bad4); i++)
		if (conf_prefix4_parse(bad4[i], &four) == 0)
			fail_msg("taken as an IPv4 prefix: \"%s\"", bad4[i]);
	for (size_t i = 0; i < sizeof(bad6) / sizeof(*bad6); i++)
		if (conf_prefix6_parse(bad6[i], &six) == 0)
			fail_msg("taken as an IPv6 prefix: \"%s\"", bad6[i]);
}

static void prefixes_contain(void **state)
{
	(void)state;
	struct conf_prefix4 wide, narrow;
	struct conf_prefix6 six, other;
	struct in6_addr address;
	conf_prefix4_parse("100.64.0.0/10", &wide);
	conf_prefix4_parse("100.127.255.255/32", &narrow);
	assert_true(conf_prefix4_contains(&wide, narrow.address));
	assert_true(conf_prefix4_overlaps(&wide, &narrow));
	assert_true(conf_prefix4_overlaps(&narrow, &wide));
	conf_prefix4_parse("100.128.0.0/32", &narrow);
	assert_false(conf_prefix4_contains(&wide, narrow.address));
	assert_false(conf_prefix4_overlaps(&wide, &narrow));
	assert_int_equal(conf_prefix4_size(&wide), 1 << 22);
	conf_prefix4_parse("0.0.0.0/0", &wide);
	assert_true(conf_prefix4_contains(&wide, narrow.address));
	assert_false(conf_prefix4_has_host_bits(&wide));
	assert_int_equal(ntohl(conf_prefix4_address(&narrow, 5).s_addr) & 0xff, 5);

	conf_prefix6_parse("fd7a:115c:a1e0::/47", &six);
	inet_pton(AF_INET6, "fd7a:115c:a1e1::1", &address);
	assert_true(conf_prefix6_contains(&six, &address));
	inet_pton(AF_INET6, "fd7a:115c:a1e2::1", &address);
	assert_false(conf_prefix6_contains(&six, &address));
	conf_prefix6_parse("fd7a:115c:a1e0:0:8000::/64", &other);
	assert_true(conf_prefix6_has_host_bits(&other));
	assert_true(conf_prefix6_overlaps(&six, &other));
}

/* RFC 6052 section 2.4, the table of its examples. */
static void prefixes_have_reverse_zones(void **state)
{
	struct conf_prefix6 prefix;
	char text[CONF_REVERSE_TEXT];
	(void)state;
	assert_int_equal(conf_prefix6_parse("fd64:9929::/96", &prefix), 0);
	assert_string_equal(conf_prefix6_print_reverse(&prefix, text),
			    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.2.9.9.4.6.d.f.ip6.arpa");
	assert_int_equal(conf_prefix6_parse("2001:db8::/32", &prefix), 0);
	assert_string_equal(conf_prefix6_print_reverse(&prefix, text), "8.b.d.0.1.0.0.2.ip6.arpa");
	assert_int_equal(conf_prefix6_parse("2001:db8::1", &prefix), 0);
	assert_string_equal(conf_prefix6_print_reverse(&prefix, text),
			    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	assert_int_equal(strlen(text) + 1, CONF_REVERSE_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_parse),
		cmocka_unit_test(prefixes_contain),
		cmocka_unit_test(prefixes_have_reverse_zones),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
