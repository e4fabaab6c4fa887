/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What init chooses: the pool beside every kind of neighbour, the prefix from known random octets. */
#include "conf/rfc6052.h"
#include "relay/host/choose.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void take(struct relay_taken *taken, const char *text)
{
	struct conf_prefix4 prefix;

	assert_int_equal(conf_prefix4_parse(text, &prefix), 0);
	assert_int_equal(relay_taken_add(taken, &prefix, text), 0);
}

static void expect_pool(const struct relay_taken *taken, const char *expected)
{
	struct conf_prefix4 pool;
	char text[CONF_PREFIX_TEXT];

	assert_true(relay_pool_choose(taken, &pool));
	assert_string_equal(conf_prefix4_print(&pool, text), expected);
}

static void test_pool_is_the_last_of_192_168(void **state)
{
	struct relay_taken taken = {0};

	(void)state;
	expect_pool(&taken, "192.168.240.0/20");
	take(&taken, "0.0.0.0/0"); /* a default route takes nothing */
	take(&taken, "0.0.0.0/1"); /* nor does half of one, as some VPNs set it */
	take(&taken, "128.0.0.0/1");
	take(&taken, "192.168.1.0/24");
	expect_pool(&taken, "192.168.240.0/20");
	relay_taken_clear(&taken);
}

static void test_pool_steps_down(void **state)
{
	struct relay_taken taken = {0};

	(void)state;
	take(&taken, "192.168.255.7/32"); /* one host at the end of the first candidate */
	expect_pool(&taken, "192.168.224.0/20");
	take(&taken, "192.168.192.0/18"); /* a wider route over the next ones */
	expect_pool(&taken, "192.168.176.0/20");
	relay_taken_clear(&taken);
}

static void test_pool_leaves_full_blocks(void **state)
{
	struct relay_taken taken = {0};
	struct conf_prefix4 pool;

	(void)state;
	take(&taken, "192.168.0.0/16");
	expect_pool(&taken, "172.31.240.0/20");
	take(&taken, "172.16.0.0/12");
	expect_pool(&taken, "10.255.240.0/20");
	take(&taken, "10.128.0.0/9");
	expect_pool(&taken, "10.127.240.0/20");
	take(&taken, "10.0.0.0/8");
	assert_false(relay_pool_choose(&taken, &pool));
	relay_taken_clear(&taken);
}

static void test_taken_says_by_whom(void **state)
{
	struct relay_taken taken = {0};
	struct conf_prefix4 prefix;

	(void)state;
	take(&taken, "10.1.0.0/16");
	take(&taken, "10.2.0.0/16");
	conf_prefix4_parse("10.2.16.0/20", &prefix);
	assert_string_equal(relay_taken_find(&taken, &prefix), "10.2.0.0/16");
	conf_prefix4_parse("10.3.16.0/20", &prefix);
	assert_null(relay_taken_find(&taken, &prefix));
	relay_taken_clear(&taken);
}

static void test_prefix_is_a_unique_local_96(void **state)
{
	const uint8_t random[7] = {0xff, 0x01, 0x02, 0x03, 0x04, 0xab, 0xcd};
	struct conf_prefix6 prefix = relay_prefix_make(random);
	char text[CONF_PREFIX_TEXT];

	(void)state;
	assert_string_equal(conf_prefix6_print(&prefix, text), "fdff:102:304:abcd::/96");
	assert_false(conf_prefix6_has_host_bits(&prefix));
	assert_true(conf_rfc6052_length_is_valid(prefix.length));
	assert_int_equal(prefix.address.s6_addr[8], 0); /* RFC 6052 section 2.2: the u octet */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool_is_the_last_of_192_168), cmocka_unit_test(test_pool_steps_down),
		cmocka_unit_test(test_pool_leaves_full_blocks),     cmocka_unit_test(test_taken_says_by_whom),
		cmocka_unit_test(test_prefix_is_a_unique_local_96),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
