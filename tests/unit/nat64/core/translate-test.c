/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet core by vectors: headers, addresses, lists, the translator's own answers, round trips. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include "nat64/core/header.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void udp_to_ipv4(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	put_udp(lab, 1000, 53, 23);
	seal(lab);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.version, 4);
	assert_string_equal(shape.source, CLIENT4);
	assert_string_equal(shape.destination, SERVER4);
	assert_int_equal(shape.header, 20);
	assert_int_equal(shape.traffic_class, 0xb8);
	assert_int_equal(shape.hop_limit, 60);
	assert_int_equal(shape.protocol, IPPROTO_UDP);
	assert_int_equal(shape.size, 31);
	assert_false(shape.dont_fragment);
	assert_ptr_equal(shape.transport, lab->packet + 40); /* payload has not moved */
	lab_close(lab);
}

static void tcp_to_ipv6(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	put_tcp(lab, 80, 1000, 77);
	seal(lab);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.version, 6);
	assert_string_equal(shape.source, SERVER);
	assert_string_equal(shape.destination, CLIENT);
	assert_int_equal(shape.traffic_class, 0xb8);
	assert_int_equal(shape.hop_limit, 60);
	assert_int_equal(shape.protocol, IPPROTO_TCP);
	assert_int_equal(shape.size, 32 + 77);
	assert_false(shape.has_fragment_header);
	assert_int_equal(shape.ip[1] & 0x0f, 0); /* flow label */
	lab_close(lab);
}

static void options_and_extension_headers_are_skipped(void **state)
{
	static const uint8_t options[8] = {7, 7, 4, 0, 0, 0, 0, 0}, padding[6] = {1, 4};
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	lab->packet[0] = 0x47;
	put(lab, options, sizeof(options));
	put_udp(lab, 53, 1000, 5);
	seal(lab);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.size, 13);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_HOPOPTS);
	put_extension(lab, IPPROTO_DSTOPTS, padding, sizeof(padding));
	put_extension(lab, IPPROTO_UDP, padding, sizeof(padding));
	put_udp(lab, 1000, 53, 5);
	seal(lab);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.protocol, IPPROTO_UDP);
	assert_int_equal(shape.size, 13);
	lab_close(lab);
}

static void dont_fragment_only_above_1260(void **state)
{
	static const struct {
		size_t data;
		bool dont_fragment;
	} cases[] = {{1260 - 28, false}, {1261 - 28, true}, {1300 - 28, true}};
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
		put_udp(lab, 1, 2, cases[i].data);
		seal(lab);
		shape = lab_expect(lab, NAT64_6TO4);
		assert_int_equal(shape.dont_fragment, cases[i].dont_fragment);
	}
	lab_close(lab);
}

static void identifications_differ_without_order(void **state)
{
	struct nat64_identification one = {.key = {1, 2}}, two = {.key = {1, 3}};
	unsigned steps = 0, same = 0;
	uint16_t last = 0, next;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		next = nat64_identification_next(&one);
		steps += (uint16_t)(next - last) == 1;
		same += next == nat64_identification_next(&two);
		last = next;
	}
	assert_in_range(steps, 0, 3);
	assert_in_range(same, 0, 3);
}

static void hop_limit_ends(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	put_udp(lab, 1, 2, 3);
	lab->packet[7] = 1;
	seal(lab);
	shape = lab_expect_error(lab, NAT64_REASON_HOP_LIMIT, 3, 0, 0);
	assert_string_equal(shape.source, OWN);
	assert_string_equal(shape.destination, CLIENT);
	assert_memory_equal(shape.transport + 8, lab->packet, lab->length);
	assert_int_equal(lab->assigned, 0); /* no lease for a packet that is not translated */

	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 2000);
	lab->packet[8] = 1;
	seal(lab);
	shape = lab_expect_error(lab, NAT64_REASON_HOP_LIMIT, 11, 0, 0);
	assert_string_equal(shape.source, OWN4);
	assert_string_equal(shape.destination, SERVER4);
	assert_int_equal(shape.length, 576);
	lab_close(lab);
}

static void too_big_says_the_mtu_of_the_other_side(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	lab->context.mtu = 1400;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 1381 - 28);
	seal(lab);
	lab_expect_error(lab, NAT64_REASON_TOO_BIG, 3, 4, 1380);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 1380 - 28);
	seal(lab);
	assert_int_equal(lab_expect(lab, NAT64_4TO6).length, 1400);
	lab_close(lab);
}

static void routes_of_the_source_are_refused(void **state)
{
	static const uint8_t route[] = {131, 7, 4, 10, 0, 0, 1, 0}, segment[22] = {0, 1}, done[22] = {0, 0};
	struct lab *lab = lab_open();

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	lab->packet[0] = 0x47;
	put(lab, route, sizeof(route));
	put_udp(lab, 1, 2, 3);
	seal(lab);
	lab_expect_error(lab, NAT64_REASON_SOURCE_ROUTE, 3, 5, 0);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	lab->packet[0] = 0x47;
	put(lab, route, sizeof(route));
	lab->packet[22] = 7; /* at its last octet */
	put_udp(lab, 1, 2, 3);
	seal(lab);
	lab_expect_error(lab, NAT64_REASON_SOURCE_ROUTE, 3, 5, 0);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	lab->packet[0] = 0x47;
	put(lab, route, sizeof(route));
	lab->packet[22] = 8; /* the pointer has passed the end: an option as any other */
	put_udp(lab, 1, 2, 3);
	seal(lab);
	lab_expect(lab, NAT64_4TO6);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_ROUTING);
	put_extension(lab, IPPROTO_UDP, segment, sizeof(segment));
	put_udp(lab, 1, 2, 3);
	seal(lab);
	assert_string_equal(lab_expect_error(lab, NAT64_REASON_ROUTING_HEADER, 4, 0, 43).destination, CLIENT);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_ROUTING);
	put_extension(lab, IPPROTO_UDP, done, sizeof(done));
	put_udp(lab, 1, 2, 3);
	seal(lab);
	lab_expect(lab, NAT64_6TO4);
	lab_close(lab);
}

static void own_addresses_answer(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, OWN, IPPROTO_ICMPV6);
	put_icmp(lab, 128, 0, 0x00070001);
	put_pattern(lab, 56);
	seal(lab);
	shape = lab_expect(lab, NAT64_REPLY_ECHO);
	assert_string_equal(shape.source, OWN);
	assert_string_equal(shape.destination, CLIENT);
	assert_int_equal(shape.transport[0], 129);
	assert_int_equal(shape.size, 64);

	make_ipv4(lab, SERVER4, OWN4, IPPROTO_ICMP);
	put_icmp(lab, 8, 0, 0x00070001);
	seal(lab);
	shape = lab_expect(lab, NAT64_REPLY_ECHO);
	assert_string_equal(shape.source, OWN4);
	assert_int_equal(shape.transport[0], 0);

	make_ipv6(lab, CLIENT, OWN, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 3);
	seal(lab);
	lab_expect_error(lab, NAT64_REASON_OWN_PROTOCOL, 4, 1, 6);
	make_ipv4(lab, SERVER4, OWN4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 3);
	seal(lab);
	lab_expect_error(lab, NAT64_REASON_OWN_PROTOCOL, 3, 2, 0);
	make_ipv6(lab, CLIENT, OWN, IPPROTO_ICMPV6);
	put_icmp(lab, 129, 0, 0);
	seal(lab);
	lab_expect_drop(lab, NAT64_REASON_OWN_PROTOCOL);
	lab_close(lab);
}

static void martians_and_loops(void **state)
{
	static const char *const sources6[] = {"::", "::1", "fe80::1", "ff02::1", "::ffff:1.2.3.4"};
	static const char *const servers[] = {"fd64::7f00:1", "fd64::a9fe:a9fe", "fd64::e000:1",
					      "fd64::", "fd64::ffff:ffff"};
	static const char *const sources4[] = {"127.0.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0", "255.255.255.255"};
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(sources6) / sizeof(*sources6); i++) {
		try6(lab, sources6[i], SERVER);
		lab_expect_drop(lab, NAT64_REASON_MARTIAN_SOURCE);
	}
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
		try6(lab, CLIENT, servers[i]);
		lab_expect_drop(lab, NAT64_REASON_MARTIAN_DESTINATION);
		try4(lab, sources4[i], CLIENT4);
		lab_expect_drop(lab, NAT64_REASON_MARTIAN_SOURCE);
	}
	try6(lab, "fd64::102:304", SERVER);
	lab_expect_drop(lab, NAT64_REASON_LOOP);
	try4(lab, SERVER4, "203.0.113.9");
	lab_expect_drop(lab, NAT64_REASON_LOOP);
	try4(lab, OWN4, CLIENT4);
	lab_expect_drop(lab, NAT64_REASON_LOOP);
	lab_close(lab);
}

/* What the settings give to somebody goes both ways; the rest of 169.254.0.0/16 stays where it is. */
static void link_local_addresses_of_the_settings(void **state)
{
	const struct conf_map metadata = {.v4 = {{inet_addr("169.254.169.254")}, 32},
					  .v6 = {address6("2001:db8:7::fe"), 128}};
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	lab->settings.translation.dynamic_pool = (struct conf_prefix4){{inet_addr("169.254.64.0")}, 24};
	lab->settings.translation.ipv4_address.s_addr = inet_addr("169.254.9.1");
	lab_add_map(lab, &metadata);
	try4(lab, SERVER4, "169.254.64.9"); /* of the pool, and nobody's */
	lab_expect_error(lab, NAT64_REASON_DESTINATION_UNMAPPED, 3, 1, 0);
	try4(lab, SERVER4, "169.254.65.9");
	lab_expect_drop(lab, NAT64_REASON_MARTIAN_DESTINATION);
	try4(lab, "169.254.65.9", "169.254.169.254");
	lab_expect_drop(lab, NAT64_REASON_MARTIAN_SOURCE);
	make_ipv4(lab, SERVER4, "169.254.9.1", IPPROTO_ICMP);
	put_icmp(lab, 8, 0, 1);
	seal(lab);
	lab_translate(lab);
	assert_int_equal(lab->result.reason, NAT64_REASON_OWN_ECHO);
	assert_string_equal(lab_frame(lab, 0, true).source, "169.254.9.1");
	try6(lab, "2001:db8:7::fe", SERVER);
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, "169.254.169.254");
	try4(lab, SERVER4, "169.254.169.254");
	shape = lab_expect(lab, NAT64_4TO6);
	assert_string_equal(shape.destination, "2001:db8:7::fe");
	try6(lab, CLIENT, "2001:db8:7::fe"); /* the other way round: a client asks for a cloud's metadata */
	assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, "169.254.169.254");
	lab_close(lab);
}

/* A map may be so wide that addresses of no host lie in it. */
static void a_wide_map_holds_martians(void **state)
{
	const struct conf_map wide = {.v4 = {{inet_addr("64.0.0.0")}, 2}, .v6 = {address6("2001:db8:64::"), 98}};
	struct lab *lab = lab_open();

	(void)state;
	lab_add_map(lab, &wide);
	try6(lab, "2001:db8:64::f00:1", SERVER);
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, "79.0.0.1");
	try6(lab, "2001:db8:64::3f00:1", SERVER); /* 127.0.0.1 */
	lab_expect_drop(lab, NAT64_REASON_MARTIAN_SOURCE);
	try4(lab, SERVER4, "127.0.0.1");
	lab_expect_drop(lab, NAT64_REASON_MARTIAN_DESTINATION);
	lab_close(lab);
}

/* RFC 3879 section 4: site-local addresses mean nothing special any more. */
static void site_local_addresses_are_like_any_other(void **state)
{
	const struct conf_map map = {.v4 = {{inet_addr("10.9.9.9")}, 32}, .v6 = {address6("fec0::9"), 128}};
	struct lab *lab = lab_open();

	(void)state;
	lab_add_map(lab, &map);
	try6(lab, "fec0::9", SERVER);
	assert_string_equal(lab_expect(lab, NAT64_6TO4).source, "10.9.9.9");
	try4(lab, SERVER4, "10.9.9.9");
	assert_string_equal(lab_expect(lab, NAT64_4TO6).destination, "fec0::9");
	lab_close(lab);
}

static void who_has_no_address(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	try6(lab, STRANGER, SERVER);
	lab_expect_error(lab, NAT64_REASON_POOL_EXHAUSTED, 1, 5, 0);
	try6(lab, CLIENT, "2001:db8:aaaa::1");
	lab_expect_error(lab, NAT64_REASON_DESTINATION_UNMAPPED, 1, 0, 0);
	try4(lab, SERVER4, "192.168.240.99");
	lab_expect_error(lab, NAT64_REASON_DESTINATION_UNMAPPED, 3, 1, 0);
	lab_close(lab);
}

static void a_relay_is_closed(void **state)
{
	struct lab *lab = lab_open_relay();

	(void)state;
	try6(lab, CLIENT, SERVER);
	lab_expect(lab, NAT64_6TO4);
	try6(lab, "2001:470::1", SERVER);
	lab_expect_drop(lab, NAT64_REASON_SOURCE_NOT_ALLOWED);
	try6(lab, CLIENT, "fd64::c633:6464"); /* 198.51.100.100, denied */
	lab_expect_error(lab, NAT64_REASON_DESTINATION_DENIED, 1, 1, 0);
	try6(lab, CLIENT, "fd64::808:808"); /* not on the list */
	lab_expect_error(lab, NAT64_REASON_DESTINATION_DENIED, 1, 1, 0);
	try6(lab, CLIENT, "fd64::c0a8:f00b"); /* OTHER, through the pool */
	lab_expect_error(lab, NAT64_REASON_HAIRPIN, 1, 1, 0);
	try4(lab, "8.8.8.8", CLIENT4);
	lab_expect_drop(lab, NAT64_REASON_SOURCE_NOT_ALLOWED);
	assert_int_equal(lab->assigned, 1);
	lab_close(lab);
}

/* Nor are a relay's own addresses reached, nor hosts of maps by clients: no answer of theirs would come back. */
static void nobody_reaches_the_relay_itself(void **state)
{
	struct conf_address edges[] = {{.family = AF_INET6}, {.family = AF_INET}};
	struct conf_map map = {.v4 = {.length = 32}, .v6 = {.length = 128}};
	struct lab *lab = lab_open_relay();

	(void)state;
	inet_pton(AF_INET, "198.51.100.7", &edges[1].v4);
	lab->settings.dns.edge_addresses = edges;
	lab->settings.dns.edge_address_count = 2;
	try6(lab, CLIENT, "fd64::c633:6407");
	lab_expect_error(lab, NAT64_REASON_DESTINATION_DENIED, 1, 1, 0);
	try6(lab, CLIENT, "fd64::c633:6408");
	lab_expect(lab, NAT64_6TO4);
	inet_pton(AF_INET, "198.51.100.8", &map.v4.address);
	inet_pton(AF_INET6, "2001:db8::808", &map.v6.address);
	lab_add_map(lab, &map);
	try6(lab, CLIENT, "fd64::c633:6408");
	lab_expect_error(lab, NAT64_REASON_HAIRPIN, 1, 1, 0);
	lab_close(lab);
}

static void hairpin_between_clients(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	try6(lab, CLIENT, "fd64::c0a8:f00b");
	shape = lab_expect(lab, NAT64_HAIRPIN);
	assert_int_equal(shape.version, 6);
	assert_string_equal(shape.source, "fd64::c0a8:f00a");
	assert_string_equal(shape.destination, OTHER);
	assert_int_equal(shape.hop_limit, 59);
	try6(lab, CLIENT, "fd64::c0a8:f063"); /* nobody has it */
	lab_expect_error(lab, NAT64_REASON_DESTINATION_UNMAPPED, 1, 0, 0);
	lab_close(lab);
}

static void well_known_prefix_holds_global_addresses(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	inet_pton(AF_INET6, "64:ff9b::", &lab->prefixes[0].prefix.address);
	try6(lab, CLIENT, "64:ff9b::808:808");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, "8.8.8.8");
	try6(lab, CLIENT, "64:ff9b::a01:203");
	lab_expect_error(lab, NAT64_REASON_NOT_GLOBAL, 1, 0, 0);
	try4(lab, "10.1.2.3", CLIENT4);
	lab_expect_error(lab, NAT64_REASON_NOT_GLOBAL, 3, 10, 0);
	lab->settings.common.well_known_strict = false;
	try6(lab, CLIENT, "64:ff9b::a01:203");
	assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, "10.1.2.3");
	lab_close(lab);
}

static void every_prefix_length(void **state)
{
	static const struct {
		unsigned length;
		const char *prefix, *server;
	} cases[] = {
		{32, "2001:470::", "2001:470:c633:6407::"},
		{40, "2001:db8:100::", "2001:db8:1c6:3364:7::"},
		{48, "2001:db8:122::", "2001:db8:122:c633:64:700::"},
		{56, "2001:db8:122:300::", "2001:db8:122:3c6:33:6407::"},
		{64, "2001:db8:122:344::", "2001:db8:122:344:c6:3364:700:0"},
		{96, "2001:db8:122:344::", "2001:db8:122:344::c633:6407"},
	};
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		inet_pton(AF_INET6, cases[i].prefix, &lab->prefixes[0].prefix.address);
		lab->prefixes[0].prefix.length = cases[i].length;
		try6(lab, CLIENT, cases[i].server);
		assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, SERVER4);
		try4(lab, SERVER4, CLIENT4);
		assert_string_equal(lab_expect(lab, NAT64_4TO6).source, cases[i].server);
	}
	lab->prefixes[0].prefix.length = 64;
	try6(lab, CLIENT, "2001:db8:122:344:ffc6:3364:7ab:cdef"); /* u octet and suffix are ignored */
	assert_string_equal(lab_expect(lab, NAT64_6TO4).destination, SERVER4);
	lab_close(lab);
}

static void malformed_packets(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	for (size_t length = 0; length < 51; length++) {
		try6(lab, CLIENT, SERVER);
		lab->length = length;
		lab_expect_drop(lab, NAT64_REASON_TRUNCATED + (length ? 0 : NAT64_REASON_NOT_IP - NAT64_REASON_TRUNCATED));
	}
	try4(lab, SERVER4, CLIENT4);
	lab->packet[10] ^= 1;
	lab_expect_drop(lab, NAT64_REASON_HEADER_CHECKSUM);
	try6(lab, CLIENT, SERVER);
	lab->packet[0] = 0x50;
	lab_expect_drop(lab, NAT64_REASON_NOT_IP);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_TCP);
	put_pattern(lab, 19);
	lab_expect_drop(lab, NAT64_REASON_TRANSPORT_HEADER);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_ICMP);
	put_icmp(lab, 8, 0, 0);
	lab_expect_drop(lab, NAT64_REASON_PROTOCOL);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_FRAGMENT);
	put_pattern(lab, 16);
	seal(lab);
	lab_expect_drop(lab, NAT64_REASON_PROTOCOL);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_DSTOPTS);
	put_extension(lab, IPPROTO_UDP, (const uint8_t[6]){0}, 6);
	lab->packet[41] = 9; /* says that it is longer than the packet */
	lab_expect_drop(lab, NAT64_REASON_EXTENSION_HEADERS);
	lab_close(lab);
}

static void trailing_octets_are_cut(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	try6(lab, CLIENT, SERVER);
	lab->length += 9;
	assert_int_equal(lab_expect(lab, NAT64_6TO4).length, 20 + 11);
	lab_close(lab);
}

/* Any valid packet comes back as it was, but for what cannot: hop limit, flow label, identification. */
static void round_trips(void **state)
{
	static const unsigned protocols[] = {IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMPV6, IPPROTO_ESP};
	static uint8_t before[70000];
	struct lab *lab = lab_open();
	struct packet_shape shape;
	size_t length, data;

	(void)state;
	srandom(64);
	for (unsigned i = 0; i < 4000; i++) {
		unsigned protocol = protocols[random() % 4];

		data = (size_t)random() % (i % 50 ? 1400 : 60000);
		make_ipv6(lab, CLIENT, SERVER, protocol);
		if (protocol == IPPROTO_UDP)
			put_udp(lab, random() & 0xffff, random() & 0xffff, data);
		else if (protocol == IPPROTO_TCP)
			put_tcp(lab, random() & 0xffff, random() & 0xffff, data);
		else {
			put_icmp(lab, i % 3 ? 128 : 129, 0, (uint32_t)random());
			put_pattern(lab, data);
		}
		lab->packet[1] &= 0xf0;
		memset(lab->packet + 2, 0, 2);
		lab->packet[lab->length - 1] = (uint8_t)random();
		seal(lab);
		length = save(lab, before, sizeof(before));
		shape = lab_expect(lab, NAT64_6TO4);
		make_ipv4(lab, SERVER4, CLIENT4, shape.protocol); /* the answer: ends change places, sums stay */
		lab->packet[8] = 62;
		set_fragment4(lab, true, false, 0);
		put(lab, before + 40, 0);
		memmove(lab->packet + 20, shape.transport, shape.size);
		lab->length += shape.size;
		put(lab, "", 0);
		seal_ipv4(lab);
		shape = lab_expect(lab, NAT64_4TO6);
		assert_int_equal(shape.length, length);
		assert_int_equal(shape.hop_limit, 61);
		assert_memory_equal(shape.ip, before, 8);
		assert_memory_equal(shape.ip + 8, before + 24, 16);
		assert_memory_equal(shape.ip + 24, before + 8, 16);
		assert_memory_equal(shape.transport, before + 40, length - 40);
	}
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udp_to_ipv4),
		cmocka_unit_test(tcp_to_ipv6),
		cmocka_unit_test(options_and_extension_headers_are_skipped),
		cmocka_unit_test(dont_fragment_only_above_1260),
		cmocka_unit_test(identifications_differ_without_order),
		cmocka_unit_test(hop_limit_ends),
		cmocka_unit_test(too_big_says_the_mtu_of_the_other_side),
		cmocka_unit_test(routes_of_the_source_are_refused),
		cmocka_unit_test(own_addresses_answer),
		cmocka_unit_test(martians_and_loops),
		cmocka_unit_test(link_local_addresses_of_the_settings),
		cmocka_unit_test(a_wide_map_holds_martians),
		cmocka_unit_test(site_local_addresses_are_like_any_other),
		cmocka_unit_test(who_has_no_address),
		cmocka_unit_test(a_relay_is_closed),
		cmocka_unit_test(nobody_reaches_the_relay_itself),
		cmocka_unit_test(hairpin_between_clients),
		cmocka_unit_test(well_known_prefix_holds_global_addresses),
		cmocka_unit_test(every_prefix_length),
		cmocka_unit_test(malformed_packets),
		cmocka_unit_test(trailing_octets_are_cut),
		cmocka_unit_test(round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
