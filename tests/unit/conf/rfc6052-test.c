/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 addresses in IPv6 addresses, by the table of RFC 6052 section 2.4. */
#include "tests/unit/conf/settings-lab.h"

#include "conf/address.h"
#include "conf/rfc6052.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void rfc6052_embeds(void **state)
{
	(void)state;
	static const struct {
		const char *prefix, *address;
	} rows[] = {
		{"2001:db8::/32", "2001:db8:c000:221::"},
		{"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
		{"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
		{"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
		{"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
		{"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
	};
	struct in_addr v4, back;
	inet_pton(AF_INET, "192.0.2.33", &v4);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct conf_prefix6 prefix;
		struct in6_addr expected;
		conf_prefix6_parse(rows[i].prefix, &prefix);
		inet_pton(AF_INET6, rows[i].address, &expected);
		struct in6_addr got = conf_rfc6052_embed(&prefix, v4);
		assert_memory_equal(&got, &expected, sizeof(got));
		assert_true(conf_rfc6052_extract(&prefix, &got, &back));
		assert_int_equal(back.s_addr, v4.s_addr);
		if (prefix.length < 96) { /* suffix and u octet are ignored (section 2.2) */
			got.s6_addr[8] = 0xff;
			got.s6_addr[15] = 0xff;
			assert_true(conf_rfc6052_extract(&prefix, &got, &back));
			assert_int_equal(back.s_addr, v4.s_addr);
		}
		got.s6_addr[0] ^= 0x40;
		assert_false(conf_rfc6052_extract(&prefix, &got, &back));
	}
	for (unsigned length = 0; length <= 128; length++) {
		bool valid = length == 32 || length == 40 || length == 48 || length == 56 || length == 64 || length == 96;
		assert_int_equal(conf_rfc6052_length_is_valid(length), valid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc6052_embeds),
	};

	return cmocka_run_group_tests_name("rfc6052", tests, NULL, NULL);
}
