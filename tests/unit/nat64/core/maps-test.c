/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Explicit maps (RFC 7757): lengths, networks inside one another, and the index that finds them. */
#include <setjmp.h>
#include <stdarg.h>

#include "nat64/core/mapindex.h"
#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void explicit_maps(void **state)
{
	struct conf_map wide = {.v4 = {{inet_addr("10.1.0.0")}, 16}, .v6 = {.length = 112}};
	struct conf_map narrow = {.v4 = {{inet_addr("10.1.2.0")}, 24}, .v6 = {.length = 56}};
	struct lab *lab = lab_open_relay();
	struct packet_shape shape;

	(void)state;
	inet_pton(AF_INET6, "2001:470:1::", &wide.v6.address);
	inet_pton(AF_INET6, "2001:470:2::", &narrow.v6.address);
	lab_add_map(lab, &wide);
	lab_add_map(lab, &narrow);
	try6(lab, "2001:470:1::abc", SERVER); /* a map is a permission */
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, "10.1.10.188");
	try6(lab, "2001:470:2:33::77", SERVER); /* unequal suffixes: what follows the shorter one is ignored */
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, "10.1.2.51");
	try4(lab, SERVER4, "10.1.2.51"); /* the longer prefix wins */
	shape = lab_expect(lab, NAT64_4TO6);
	assert_string_equal(shape.destination, "2001:470:2:33::");
	assert_string_equal(shape.source, SERVER);
	try4(lab, SERVER4, "10.1.3.51");
	assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, "2001:470:1::333");
	lab_close(lab);
}

/* RFC 7757 section 3.3: the longest network counts, on the side where the look-up is done. */
static void maps_inside_one_another(void **state)
{
	static const struct {
		const char *v4, *v6;
		unsigned length4, length6;
	} maps[] = {{"10.0.0.0", "2001:470::", 8, 32},
		    {"10.1.0.0", "2001:470:1::", 16, 48},
		    {"192.0.2.9", "2001:470:1::9", 32, 128},
		    {"10.1.2.3", "2001:470:77::", 32, 64}};
	static const struct {
		const char *v6, *v4, *back;
	} rows[] = {{"2001:470:500::1", "10.5.0.0", "2001:470:500::"},
		    {"2001:470:1:203::5", "10.1.2.3", "2001:470:77::"},
		    {"2001:470:1:204::5", "10.1.2.4", "2001:470:1:204::"},
		    {"2001:470:1::9", "192.0.2.9", "2001:470:1::9"},
		    {"2001:470:1::8", "10.1.0.0", "2001:470:1::"},
		    {"2001:470:77::abcd", "10.1.2.3", "2001:470:77::"}};
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		struct conf_map map = {.v4 = {{inet_addr(maps[i].v4)}, maps[i].length4}, .v6 = {.length = maps[i].length6}};

		inet_pton(AF_INET6, maps[i].v6, &map.v6.address);
		lab_add_map(lab, &map);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		try6(lab, rows[i].v6, SERVER);
		assert_string_equal(lab_expect(lab, NAT64_6TO4).source, rows[i].v4);
		try4(lab, SERVER4, rows[i].v4);
		assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, rows[i].back);
	}
	try6(lab, CLIENT, SERVER); /* beside them the pool goes on */
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, CLIENT4);
	lab_close(lab);
}

/* A pool inside the network of a map is the longer prefix: its addresses are lent, and are nobody's until then. */
static void a_pool_inside_a_map(void **state)
{
	struct conf_map map = {.v4 = {{inet_addr("192.168.0.0")}, 16}, .v6 = {.length = 112}};
	struct lab *lab = lab_open();

	(void)state;
	inet_pton(AF_INET6, "2001:470:1::", &map.v6.address);
	lab_add_map(lab, &map);
	try6(lab, "2001:470:1::abc", SERVER);
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, "192.168.10.188");
	try4(lab, SERVER4, "192.168.10.188");
	assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, "2001:470:1::abc");
	try6(lab, CLIENT, SERVER);
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, CLIENT4);
	try4(lab, SERVER4, CLIENT4);
	assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, CLIENT);
	try6(lab, "2001:470:1::f00a", SERVER); /* it would be CLIENT's address */
	lab_expect_error(lab, NAT64_REASON_POOL_EXHAUSTED, 1, 5, 0);
	lab_close(lab);
}

/* Without a prefix an IPv4 host that no map has cannot be shown to the other side, and is told so. */
static void maps_alone(void **state)
{
	struct conf_map map = {.v4 = {{inet_addr(CLIENT4)}, 32}, .v6 = {.length = 128}};
	struct lab *lab = lab_open();

	(void)state;
	inet_pton(AF_INET6, CLIENT, &map.v6.address);
	lab_add_map(lab, &map);
	lab->settings.translation.has_dynamic_pool = false;
	lab->settings.common.prefix_count = 0;
	try4(lab, SERVER4, CLIENT4);
	lab_expect_error(lab, NAT64_REASON_SOURCE_UNMAPPED, 3, 10, 0);
	lab_close(lab);
}

/* Whatever the maps, the index finds what a walk over all of them finds. */
static void the_longest_map_is_found(void **state)
{
	enum { COUNT = 500 };
	static struct conf_map maps[COUNT];
	struct nat64_mapindex *index = nat64_mapindex_new(COUNT);

	(void)state;
	assert_non_null(index);
	srandom(7757);
	for (unsigned i = 0; i < COUNT; i++) {
		struct conf_prefix6 *prefix = &maps[i].v6;

		prefix->length = i == 0 ? 0 : (unsigned)random() % 129;
		prefix->address.s6_addr32[0] = htonl((uint32_t)random() & 0x80000001);
		prefix->address.s6_addr32[3] = htonl((uint32_t)random() & 0x80000001);
		conf_prefix6_clear_host_bits(prefix);
		nat64_mapindex_add(index, nat64_key_of6(&prefix->address), prefix->length, i);
	}
	for (unsigned i = 0; i < 20000; i++) {
		struct in6_addr address = {.s6_addr32 = {htonl((uint32_t)random() & 0x80000001), 0, 0,
							 htonl((uint32_t)random() & 0x80000001)}};
		unsigned best = 0;

		for (unsigned j = 1; j < COUNT; j++)
			if (conf_prefix6_contains(&maps[j].v6, &address) && maps[j].v6.length > maps[best].v6.length)
				best = j;
		assert_int_equal(nat64_mapindex_find(index, nat64_key_of6(&address)), best);
	}
	free(index);
}

/* The IPv4 source of an error of this router. */
static void router_speaks(struct lab *lab, unsigned router, const uint8_t *quote, char source[INET_ADDRSTRLEN])
{
	char address[64];

	snprintf(address, sizeof(address), "2001:db8:feed::%x", router);
	make_ipv6(lab, address, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, 3, 0, 0);
	put(lab, quote, 56);
	seal(lab);
	memcpy(source, lab_expect(lab, NAT64_6TO4).source, INET_ADDRSTRLEN);
}

/* RFC 6791: routers without an IPv4 address get one of the pool each, and keep it. */
static void routers_have_addresses_of_the_pool(void **state)
{
	struct conf_prefix4 pool[] = {{{inet_addr("192.0.2.0")}, 24}, {{inet_addr("203.0.113.77")}, 32}};
	char first[INET_ADDRSTRLEN], again[INET_ADDRSTRLEN];
	struct lab *lab = lab_open();
	bool seen[256] = {false};
	unsigned different = 0, second = 0;
	uint8_t quote[56];

	(void)state;
	make_ipv6(lab, SERVER, CLIENT, IPPROTO_UDP);
	put_udp(lab, 1, 2, 8);
	save(lab, quote, sizeof(quote));
	router_speaks(lab, 1, quote, first);
	assert_string_equal(first, OWN4);
	lab->settings.translation.icmp.pool = pool;
	for (unsigned router = 1; router <= 400; router++) {
		lab->settings.translation.icmp.pool_count = 1;
		router_speaks(lab, router, quote, first);
		router_speaks(lab, router, quote, again);
		assert_string_equal(first, again);
		assert_memory_equal(first, "192.0.2.", 8);
		different += !seen[atoi(first + 8)];
		seen[atoi(first + 8)] = true;
		lab->settings.translation.icmp.pool_count = 2;
		router_speaks(lab, router, quote, first);
		second += !strcmp(first, "203.0.113.77");
	}
	assert_in_range(different, 170, 240); /* 400 throws at 256 */
	assert_in_range(second, 150, 250);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explicit_maps),
		cmocka_unit_test(maps_inside_one_another),
		cmocka_unit_test(a_pool_inside_a_map),
		cmocka_unit_test(maps_alone),
		cmocka_unit_test(routers_have_addresses_of_the_pool),
		cmocka_unit_test(the_longest_map_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
