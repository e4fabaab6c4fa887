/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses in uses beyond the relay: a map beside several prefixes, whole networks without a pool, a CLAT. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>

#define MAPPED  "2001:db8::25"
#define MAPPED4 "203.0.113.25"

static void map_add(struct lab *lab, const char *v4, const char *v6)
{
	struct conf_map map = {.v4 = {{inet_addr(v4)}, 32}, .v6 = {.length = 128}};

	assert_int_equal(inet_pton(AF_INET6, v6, &map.v6.address), 1);
	lab_add_map(lab, &map);
}

/* 64:ff9b::/96 first, and fd64::/96; a map; a pool. */
static struct lab *two_prefixes_open(void)
{
	struct lab *lab = lab_open();

	lab->prefixes[1] = lab->prefixes[0];
	assert_int_equal(inet_pton(AF_INET6, "64:ff9b::", &lab->prefixes[0].prefix.address), 1);
	lab->settings.common.prefix_count = 2;
	map_add(lab, MAPPED4, MAPPED);
	return lab;
}

static void a_mapped_host_has_one_prefix_for_an_address(void **state)
{
	struct lab *lab = two_prefixes_open();

	(void)state;
	try4(lab, "9.9.9.9", MAPPED4);
	assert_string_equal(lab_expect(lab, NAT64_4TO6).source, "64:ff9b::909:909");
	try6(lab, MAPPED, "64:ff9b::909:909");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, MAPPED4);
	try6(lab, MAPPED, "fd64::909:909"); /* the answer would come from 64:ff9b::909:909 */
	lab_expect_error(lab, NAT64_REASON_DESTINATION_UNMAPPED, 1, 0, 0);

	try4(lab, "10.9.0.5", MAPPED4); /* not global */
	assert_string_equal(lab_expect(lab, NAT64_4TO6).source, "fd64::a09:5");
	try6(lab, MAPPED, "fd64::a09:5");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, "10.9.0.5");
	try6(lab, MAPPED, "64:ff9b::a09:5");
	lab_expect_error(lab, NAT64_REASON_NOT_GLOBAL, 1, 0, 0);
	lab_close(lab);
}

static void a_lease_is_not_bound_by_that(void **state)
{
	struct lab *lab = two_prefixes_open();

	(void)state;
	try6(lab, CLIENT, "fd64::909:909");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, CLIENT4);
	try6(lab, CLIENT, "64:ff9b::909:909");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, CLIENT4);
	lab_close(lab);
}

static void hairpins_to_a_mapped_host_can_be_answered(void **state)
{
	struct lab *lab = two_prefixes_open();
	struct packet_shape shape;
	char client[INET6_ADDRSTRLEN];

	(void)state;
	try6(lab, CLIENT, "fd64::cb00:7119"); /* MAPPED4 */
	shape = lab_expect(lab, NAT64_HAIRPIN);
	assert_string_equal(shape.destination, MAPPED);
	assert_string_equal(shape.source, "fd64::c0a8:f00a"); /* CLIENT4 is not global */
	snprintf(client, sizeof(client), "%s", shape.source);
	try6(lab, MAPPED, client);
	assert_string_equal(lab_expect(lab, NAT64_HAIRPIN).destination, CLIENT);
	lab_close(lab);
}

/* No pool: hosts have IPv4 by maps, or, with an address inside the prefix that is allowed, by themselves (RFC 6052 section 2). */
static void whole_networks(void **state)
{
	static struct conf_prefix6 centre = {.length = 64};
	struct lab *lab = lab_open();

	(void)state;
	lab->settings.translation.has_dynamic_pool = false;
	map_add(lab, MAPPED4, MAPPED);
	try4(lab, SERVER4, "203.0.113.9");
	assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, "fd64::cb00:7109");

	assert_int_equal(inet_pton(AF_INET6, "2001:db8::", &centre.address), 1);
	lab->settings.translation.allowed_sources.v6 = &centre;
	lab->settings.translation.allowed_sources.count6 = 1;
	try4(lab, SERVER4, "203.0.113.9"); /* would come back by the prefix */
	lab_expect_error(lab, NAT64_REASON_DESTINATION_UNMAPPED, 3, 1, 0);
	try4(lab, SERVER4, MAPPED4);
	assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, MAPPED);
	try6(lab, MAPPED, SERVER);
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, MAPPED4);
	lab_close(lab);
}

/* The map is the IPv4 host's own (RFC 6877): what it sends goes into the prefix, and nobody else's packets do. */
static void a_clat(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	lab->settings.translation.has_dynamic_pool = false;
	map_add(lab, "192.0.0.1", MAPPED);
	try4(lab, "192.0.0.1", SERVER4);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_string_equal(shape.source, MAPPED);
	assert_string_equal(shape.destination, SERVER);
	try6(lab, SERVER, MAPPED);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_string_equal(shape.source, SERVER4);
	assert_string_equal(shape.destination, "192.0.0.1");
	try6(lab, STRANGER, SERVER);
	lab_expect_error(lab, NAT64_REASON_SOURCE_UNMAPPED, 1, 5, 0);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapped_host_has_one_prefix_for_an_address),
		cmocka_unit_test(a_lease_is_not_bound_by_that),
		cmocka_unit_test(hairpins_to_a_mapped_host_can_be_answered),
		cmocka_unit_test(whole_networks),
		cmocka_unit_test(a_clat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
