/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf: prefixes out of the AAAA records of ipv4only.arpa (RFC 7050 section 3), at every place that RFC 6052 knows. */
#include "conf/rfc7050.h"

#include "conf/rfc6052.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 8 };

/* The records as text, read; then the prefixes and the findings that are expected, as text each. */
static void expect(const char *const *records, const char *const *prefixes, const char *findings)
{
	static const char letters[] = {
		[CONF_RFC7050_ABSENT] = '-', [CONF_RFC7050_AMBIGUOUS] = '?', [CONF_RFC7050_FOUND] = '+'};
	struct in6_addr addresses[ROOM] = {0};
	struct conf_prefix6 found[ROOM];
	enum conf_rfc7050_finding said[ROOM] = {0};
	size_t count = 0, wanted = 0, got;
	char text[CONF_PREFIX_TEXT], line[ROOM + 1] = "";

	for (; records[count]; count++)
		assert_int_equal(inet_pton(AF_INET6, records[count], &addresses[count]), 1);
	got = conf_rfc7050_prefixes(addresses, count, found, ROOM, said);
	for (size_t i = 0; i < count; i++)
		line[i] = letters[said[i]];
	assert_string_equal(line, findings);
	for (; prefixes[wanted]; wanted++) {
		assert_true(wanted < got);
		assert_string_equal(conf_prefix6_print(&found[wanted], text), prefixes[wanted]);
	}
	assert_int_equal(got, wanted);
}

#define LIST(...)                                                                                                      \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}
#define NONE                                                                                                           \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		NULL                                                                                                   \
	}

/* Both records of each length, made by RFC 6052's own rule. */
static void every_length_is_found(void **state)
{
	static const char *const prefixes[] = {"2001:db8::/32",         "2001:db8:100::/40",
					       "2001:db8:122::/48",     "2001:db8:122:300::/56",
					       "2001:db8:122:344::/64", "2001:db8:122:344::/96"};

	(void)state;
	for (size_t i = 0; i < CONF_RFC7050_PLACES; i++) {
		struct in6_addr addresses[CONF_RFC7050_ADDRESSES];
		struct conf_prefix6 prefix, found[ROOM];

		assert_int_equal(conf_prefix6_parse(prefixes[i], &prefix), 0);
		for (size_t j = 0; j < CONF_RFC7050_ADDRESSES; j++)
			addresses[j] = conf_rfc6052_embed(&prefix, conf_rfc7050_address(j));
		assert_int_equal(conf_rfc7050_prefixes(addresses, CONF_RFC7050_ADDRESSES, found, ROOM, NULL), 1);
		assert_int_equal(found[0].length, prefix.length);
		assert_memory_equal(&found[0].address, &prefix.address, sizeof(prefix.address));
	}
}

static void one_record_is_enough(void **state)
{
	(void)state;
	expect(LIST("64:ff9b::192.0.0.171"), LIST("64:ff9b::/96"), "+");
}

static void several_prefixes_keep_their_order(void **state)
{
	(void)state;
	expect(LIST("fd64:2::192.0.0.170", "2001:db8:122:344:c0:0:aa00::", "fd64:2::192.0.0.171",
		    "2001:db8:122:344:c0:0:ab00::"),
	       LIST("fd64:2::/96", "2001:db8:122:344::/64"), "++++");
}

static void other_addresses_tell_nothing(void **state)
{
	(void)state;
	expect(NONE, NONE, "");
	expect(LIST("2001:db8::1", "64:ff9b::192.0.0.169", "64:ff9b::192.0.0.172", "::"), NONE, "----");
	expect(LIST("2001:db8::1", "64:ff9b::192.0.0.170"), LIST("64:ff9b::/96"), "-+");
	expect(LIST("::ffff:192.0.0.170", "::192.0.0.170", "ff0e::192.0.0.171", "64:ff9b::192.0.0.170"),
	       LIST("64:ff9b::/96"), "---+");
}

/* 192.0.0.170 stands at bit 32 as well, but one bit of octet 8 is set, so that no length but 96 is left. */
static void octet_8_is_zero(void **state)
{
	(void)state;
	expect(LIST("2001:db8:c000:aa:100::"), NONE, "-");
	expect(LIST("2001:db8:c000:aa:100:0:192.0.0.170"), LIST("2001:db8:c000:aa:100::/96"), "+");
}

/* The prefix holds a well-known address by itself: the other record tells the two places apart. */
static void ambiguous_places(void **state)
{
	(void)state;
	expect(LIST("2001:db8:c000:aa::192.0.0.170"), NONE, "?");
	expect(LIST("2001:db8:c000:aa::192.0.0.170", "2001:db8:c000:aa::192.0.0.171"), LIST("2001:db8:c000:aa::/96"), "++");
	expect(LIST("2001:db8:c000:aa:c0:0:aa00::", "2001:db8:c000:aa:c0:0:ab00::"), LIST("2001:db8:c000:aa::/64"), "++");
	expect(LIST("2001:db8:c000:aa::192.0.0.170", "2001:db8:c000:aa::192.0.0.170"), NONE, "??");
}

/* The suffix behind the address is ignored (RFC 6052 section 2.2). */
static void a_suffix_is_ignored(void **state)
{
	(void)state;
	expect(LIST("2001:db8:c000:aa::1234:5678"), LIST("2001:db8::/32"), "+");
}

static void no_more_than_there_is_room_for(void **state)
{
	struct in6_addr addresses[3];
	struct conf_prefix6 found[2] = {0};

	(void)state;
	assert_int_equal(inet_pton(AF_INET6, "fd64:1::192.0.0.170", &addresses[0]), 1);
	assert_int_equal(inet_pton(AF_INET6, "fd64:2::192.0.0.170", &addresses[1]), 1);
	assert_int_equal(inet_pton(AF_INET6, "fd64:3::192.0.0.170", &addresses[2]), 1);
	assert_int_equal(conf_rfc7050_prefixes(addresses, 3, found, 1, NULL), 3);
	assert_int_equal(found[0].length, 96);
	assert_int_equal(found[1].length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_is_found),
		cmocka_unit_test(one_record_is_enough),
		cmocka_unit_test(several_prefixes_keep_their_order),
		cmocka_unit_test(other_addresses_tell_nothing),
		cmocka_unit_test(octet_8_is_zero),
		cmocka_unit_test(ambiguous_places),
		cmocka_unit_test(a_suffix_is_ignored),
		cmocka_unit_test(no_more_than_there_is_room_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
