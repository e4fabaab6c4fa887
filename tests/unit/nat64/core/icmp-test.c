/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP: every row of RFC 7915 sections 4.2 and 5.2, quoted packets of any length, extensions, MTU. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#define ROUTER  "2001:db8:9::1" /* neither client nor in the prefix */
#define ROUTER4 "203.0.113.1"
#define IGNORED 0xff

/* An ICMPv4 error from ROUTER4 about the packet in quote. */
static void make_error4(struct lab *lab, unsigned type, unsigned code, uint32_t word, const uint8_t *quote, size_t size)
{
	make_ipv4(lab, ROUTER4, CLIENT4, IPPROTO_ICMP);
	put_icmp(lab, type, code, word);
	put(lab, quote, size);
	seal(lab);
}

static void make_error6(struct lab *lab, unsigned type, unsigned code, uint32_t word, const uint8_t *quote, size_t size)
{
	make_ipv6(lab, ROUTER, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, type, code, word);
	put(lab, quote, size);
	seal(lab);
}

/* What the client sent, as a router on the IPv4 side saw it; and what the server sent, as one on the IPv6 side did. */
static size_t quote4(struct lab *lab, uint8_t *to, size_t size)
{
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1000, 53, 1400);
	seal(lab);
	return save(lab, to, size);
}

static size_t quote6(struct lab *lab, uint8_t *to, size_t size)
{
	make_ipv6(lab, SERVER, CLIENT, IPPROTO_UDP);
	put_udp(lab, 53, 1000, 1400);
	seal(lab);
	return save(lab, to, size);
}

struct row {
	unsigned type, code;
	uint32_t word;
	unsigned to_type, to_code; /* to_type IGNORED: dropped */
	uint32_t to_word;
};

static void rows_of_section_4_2(void **state)
{
	static const struct row rows[] = {
		{3, 0, 0, 1, 0, 0},
		{3, 1, 0, 1, 0, 0},
		{3, 2, 0, 4, 1, 6},
		{3, 3, 0, 1, 4, 0},
		{3, 4, 1400, 2, 0, 1420},
		{3, 5, 0, 1, 0, 0},
		{3, 6, 0, 1, 0, 0},
		{3, 7, 0, 1, 0, 0},
		{3, 8, 0, 1, 0, 0},
		{3, 9, 0, 1, 1, 0},
		{3, 10, 0, 1, 1, 0},
		{3, 11, 0, 1, 0, 0},
		{3, 12, 0, 1, 0, 0},
		{3, 13, 0, 1, 1, 0},
		{3, 14, 0, IGNORED, 0, 0},
		{3, 15, 0, 1, 1, 0},
		{3, 16, 0, IGNORED, 0, 0},
		{4, 0, 0, IGNORED, 0, 0},
		{5, 0, 0, IGNORED, 0, 0},
		{11, 0, 0, 3, 0, 0},
		{11, 1, 0, 3, 1, 0},
		{12, 0, 0u << 24, 4, 0, 0},
		{12, 0, 1u << 24, 4, 0, 1},
		{12, 0, 2u << 24, 4, 0, 4},
		{12, 2, 3u << 24, 4, 0, 4},
		{12, 0, 4u << 24, IGNORED, 0, 0},
		{12, 0, 7u << 24, IGNORED, 0, 0},
		{12, 0, 8u << 24, 4, 0, 7},
		{12, 0, 9u << 24, 4, 0, 6},
		{12, 0, 10u << 24, IGNORED, 0, 0},
		{12, 0, 12u << 24, 4, 0, 8},
		{12, 0, 15u << 24, 4, 0, 8},
		{12, 0, 16u << 24, 4, 0, 24},
		{12, 0, 19u << 24, 4, 0, 24},
		{12, 0, 20u << 24, IGNORED, 0, 0},
		{12, 1, 0, IGNORED, 0, 0},
		{12, 3, 0, IGNORED, 0, 0},
		{9, 0, 0, IGNORED, 0, 0},
		{10, 0, 0, IGNORED, 0, 0},
		{13, 0, 0, IGNORED, 0, 0},
		{14, 0, 0, IGNORED, 0, 0},
		{15, 0, 0, IGNORED, 0, 0},
		{16, 0, 0, IGNORED, 0, 0},
		{17, 0, 0, IGNORED, 0, 0},
		{18, 0, 0, IGNORED, 0, 0},
		{6, 0, 0, IGNORED, 0, 0},
		{200, 0, 0, IGNORED, 0, 0},
	};
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;
	uint8_t quote[28];
	uint32_t word;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t size = quote4(lab, quote, sizeof(quote));

		make_error4(lab, rows[i].type, rows[i].code, rows[i].word, quote, size);
		if (rows[i].to_type == IGNORED) {
			lab_expect_drop(lab, NAT64_REASON_ICMP_TYPE);
			continue;
		}
		shape = lab_expect(lab, NAT64_4TO6);
		assert_string_equal(shape.source, "fd64::cb00:7101");
		assert_string_equal(shape.destination, CLIENT);
		assert_int_equal(shape.transport[0], rows[i].to_type);
		assert_int_equal(shape.transport[1], rows[i].to_code);
		memcpy(&word, shape.transport + 4, sizeof(word));
		assert_int_equal(ntohl(word), rows[i].to_word);
		inner = lab_quote(&shape);
		assert_string_equal(inner.source, CLIENT);
		assert_string_equal(inner.destination, SERVER);
		assert_int_equal(inner.hop_limit, 61);
		assert_int_equal(inner.size, 8);
		assert_int_equal(inner.ip[4] << 8 | inner.ip[5], 1408);
	}
	lab_close(lab);
}

static void rows_of_section_5_2(void **state)
{
	static const struct row rows[] = {
		{1, 0, 0, 3, 1, 0},           {1, 1, 0, 3, 10, 0},          {1, 2, 0, 3, 1, 0},
		{1, 3, 0, 3, 1, 0},           {1, 4, 0, 3, 3, 0},           {1, 5, 0, IGNORED, 0, 0},
		{1, 6, 0, IGNORED, 0, 0},     {2, 0, 1400, 3, 4, 1380},     {2, 0, 1280, 3, 4, 1260},
		{2, 0, 100, 3, 4, 1260},      {2, 0, 0x10000, 3, 4, 65515}, {3, 0, 0, 11, 0, 0},
		{3, 1, 0, 11, 1, 0},          {4, 1, 6, 3, 2, 0},           {4, 2, 0, IGNORED, 0, 0},
		{4, 0, 0, 12, 0, 0},          {4, 0, 1, 12, 0, 1u << 24},   {4, 0, 2, IGNORED, 0, 0},
		{4, 0, 3, IGNORED, 0, 0},     {4, 0, 4, 12, 0, 2u << 24},   {4, 0, 5, 12, 0, 2u << 24},
		{4, 0, 6, 12, 0, 9u << 24},   {4, 0, 7, 12, 0, 8u << 24},   {4, 0, 8, 12, 0, 12u << 24},
		{4, 0, 23, 12, 0, 12u << 24}, {4, 0, 24, 12, 0, 16u << 24}, {4, 0, 39, 12, 0, 16u << 24},
		{4, 0, 40, IGNORED, 0, 0},    {130, 0, 0, IGNORED, 0, 0},   {131, 0, 0, IGNORED, 0, 0},
		{132, 0, 0, IGNORED, 0, 0},   {133, 0, 0, IGNORED, 0, 0},   {134, 0, 0, IGNORED, 0, 0},
		{135, 0, 0, IGNORED, 0, 0},   {136, 0, 0, IGNORED, 0, 0},   {137, 0, 0, IGNORED, 0, 0},
		{100, 0, 0, IGNORED, 0, 0},   {200, 0, 0, IGNORED, 0, 0},
	};
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;
	uint8_t quote[48];
	uint32_t word;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t size = quote6(lab, quote, sizeof(quote));

		make_error6(lab, rows[i].type, rows[i].code, rows[i].word, quote, size);
		if (rows[i].to_type == IGNORED) {
			lab_expect_drop(lab, NAT64_REASON_ICMP_TYPE);
			continue;
		}
		shape = lab_expect(lab, NAT64_6TO4);
		assert_string_equal(shape.source, OWN4); /* RFC 6791: the router has no IPv4 address */
		assert_string_equal(shape.destination, SERVER4);
		assert_int_equal(shape.transport[0], rows[i].to_type);
		assert_int_equal(shape.transport[1], rows[i].to_code);
		memcpy(&word, shape.transport + 4, sizeof(word));
		assert_int_equal(ntohl(word), rows[i].to_word);
		inner = lab_quote(&shape);
		assert_string_equal(inner.source, SERVER4);
		assert_string_equal(inner.destination, CLIENT4);
		assert_int_equal(inner.size, 8);
		assert_int_equal(inner.ip[2] << 8 | inner.ip[3], 1428);
		assert_true(inner.dont_fragment);
	}
	assert_int_equal(lab->assigned, 0);
	lab_close(lab);
}

static void echo_both_ways(void **state)
{
	static const size_t sizes[] = {0, 1, 56, 57, 1400, 65000};
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_ICMPV6);
		put_icmp(lab, 128, 0, 0x12340001);
		put_pattern(lab, sizes[i]);
		seal(lab);
		shape = lab_expect(lab, NAT64_6TO4);
		assert_int_equal(shape.protocol, IPPROTO_ICMP);
		assert_int_equal(shape.transport[0], 8);
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_ICMP);
		put_icmp(lab, 0, 0, 0x12340001);
		put_pattern(lab, sizes[i]);
		seal(lab);
		shape = lab_expect(lab, NAT64_4TO6);
		assert_int_equal(shape.protocol, IPPROTO_ICMPV6);
		assert_int_equal(shape.transport[0], 129);
	}
	lab_close(lab);
}

static void quotes_of_every_length(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;
	uint8_t quote[1200];

	(void)state;
	for (size_t size = 20; size < 1100; size += size < 60 ? 1 : 97) {
		quote4(lab, quote, size);
		make_error4(lab, 11, 0, 0, quote, size);
		shape = lab_expect(lab, NAT64_4TO6);
		inner = lab_quote(&shape);
		assert_int_equal(inner.size, size - 20);
		quote6(lab, quote, size + 20);
		make_error6(lab, 3, 0, 0, quote, size + 20);
		shape = lab_expect(lab, NAT64_6TO4);
		assert_in_range(shape.length, 48, 576);
		inner = lab_quote(&shape);
		assert_int_equal(inner.size, size - 20 > 528 ? 528 : size - 20);
	}
	lab_close(lab);
}

/* A whole quoted packet keeps a right checksum: the adjustment is what it is for packets on their way. */
static void quoted_checksums_are_adjusted(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;
	uint8_t quote[200], whole[2];
	size_t size;

	(void)state;
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 40);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_error4(lab, 3, 1, 0, quote, size);
	shape = lab_expect(lab, NAT64_4TO6);
	inner = lab_quote(&shape);
	assert_int_equal(packet_checksum(&inner, inner.transport, inner.size), 0);

	make_ipv6(lab, SERVER, CLIENT, IPPROTO_ICMPV6);
	put_icmp(lab, 129, 0, 77);
	put_pattern(lab, 40);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_error6(lab, 1, 4, 0, quote, size);
	shape = lab_expect(lab, NAT64_6TO4);
	inner = lab_quote(&shape);
	assert_int_equal(inner.protocol, IPPROTO_ICMP);
	assert_int_equal(inner.transport[0], 0);
	assert_int_equal(packet_checksum(&inner, inner.transport, inner.size), 0);
	memcpy(whole, inner.transport + 2, sizeof(whole));
	make_error6(lab, 1, 4, 0, quote, size - 30); /* cut off: the checksum is that of all of it */
	shape = lab_expect(lab, NAT64_6TO4);
	inner = lab_quote(&shape);
	assert_memory_equal(inner.transport + 2, whole, sizeof(whole));
	lab_close(lab);
}

static void quoted_fragments(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;
	uint8_t quote[200];
	size_t size;

	(void)state;
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	set_fragment4(lab, false, true, 1480);
	put_pattern(lab, 80);
	seal_ipv4(lab);
	size = save(lab, quote, 28);
	make_error4(lab, 11, 1, 0, quote, size);
	shape = lab_expect(lab, NAT64_4TO6);
	inner = lab_quote(&shape);
	assert_true(inner.has_fragment_header);
	assert_int_equal(inner.offset, 1480);
	assert_true(inner.more);
	assert_int_equal(inner.identification, 0x4321);

	make_ipv6(lab, SERVER, CLIENT, IPPROTO_FRAGMENT);
	put_fragment(lab, IPPROTO_UDP, 1232, false, 0xabcd1234);
	put_pattern(lab, 80);
	size = save(lab, quote, 56);
	make_error6(lab, 3, 1, 0, quote, size);
	shape = lab_expect(lab, NAT64_6TO4);
	inner = lab_quote(&shape);
	assert_int_equal(inner.offset, 1232);
	assert_false(inner.more);
	assert_int_equal(inner.identification, 0x1234);
	assert_int_equal(inner.protocol, IPPROTO_UDP);
	lab_close(lab);
}

static void silent_routers_get_a_guess(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint8_t quote[28];

	(void)state;
	quote4(lab, quote, sizeof(quote)); /* 1428 octets: the plateau below is 1006, and IPv6 has no less than 1280 */
	make_error4(lab, 3, 4, 0, quote, sizeof(quote));
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 1280);
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 9000);
	seal(lab);
	save(lab, quote, sizeof(quote));
	make_error4(lab, 3, 4, 0, quote, sizeof(quote));
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 8166 + 20);
	lab->context.mtu = 1500;
	make_error4(lab, 3, 4, 1490, quote, sizeof(quote));
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 1500); /* never beyond our own device */
	lab_close(lab);
}

/* An extension of eight octets: version 2, an object of class 1. */
static const uint8_t extension[] = {0x20, 0, 0, 0, 0, 8, 1, 1, 0xde, 0xad, 0xbe, 0xef};

static void extensions_to_ipv6(void **state)
{
	static const struct {
		size_t quoted; /* octets, padded with zeros to 128 */
		size_t expected;
	} cases[] = {{28, 128}, {128, 152}, {140, 160}, {500, 520}, {1020, 1040}};
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint8_t quote[1200] = {0};
	size_t padded;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		padded = cases[i].quoted < 128 ? 128 : cases[i].quoted;
		quote4(lab, quote, cases[i].quoted);
		memset(quote + cases[i].quoted, 0, sizeof(quote) - cases[i].quoted);
		quote[3] = (uint8_t)cases[i].quoted; /* the quoted packet is all there */
		quote[2] = (uint8_t)(cases[i].quoted >> 8);
		make_ipv4(lab, ROUTER4, CLIENT4, IPPROTO_ICMP);
		put_icmp(lab, 11, 0, (uint32_t)padded / 4 << 16);
		put(lab, quote, padded);
		put(lab, extension, sizeof(extension));
		seal(lab);
		shape = lab_expect(lab, NAT64_4TO6);
		assert_int_equal(shape.transport[4], cases[i].expected / 8);
		assert_int_equal(shape.transport[5], 0);
		assert_int_equal(shape.size, 8 + cases[i].expected + sizeof(extension));
		assert_memory_equal(shape.transport + 8 + cases[i].expected, extension, sizeof(extension));
	}
	lab_close(lab);
}

static void extensions_to_ipv4(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint8_t quote[1000] = {0};

	(void)state;
	quote6(lab, quote, 160);
	make_ipv6(lab, ROUTER, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, 1, 4, 160 / 8u << 24);
	put(lab, quote, 160);
	put(lab, extension, sizeof(extension));
	seal(lab);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.transport[4], 0);
	assert_int_equal(shape.transport[5], 140 / 4);
	assert_int_equal(shape.size, 8 + 140 + sizeof(extension));
	assert_memory_equal(shape.transport + 8 + 140, extension, sizeof(extension));

	quote6(lab, quote, 960); /* too long for 576 octets: the quote is cut, the extension stays */
	make_ipv6(lab, ROUTER, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, 3, 0, 960 / 8u << 24);
	put(lab, quote, 960);
	put(lab, extension, sizeof(extension));
	seal(lab);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_in_range(shape.length, 570, 576);
	assert_int_equal(shape.transport[5] * 4 + 8 + sizeof(extension), shape.size);
	assert_memory_equal(shape.transport + 8 + shape.transport[5] * 4, extension, sizeof(extension));

	quote6(lab, quote, 160); /* packet too big has no length field: what is behind the quote is part of it */
	make_error6(lab, 2, 0, 1400, quote, 160);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.transport[5], 0);
	assert_int_equal(shape.size, 8 + 140);
	lab_close(lab);
}

static void extensions_that_ipv6_does_not_know_are_left(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint8_t quote[128] = {0};

	(void)state;
	quote4(lab, quote, sizeof(quote));
	make_ipv4(lab, ROUTER4, CLIENT4, IPPROTO_ICMP);
	put_icmp(lab, 3, 4, (uint32_t)sizeof(quote) / 4 << 16 | 1400);
	put(lab, quote, sizeof(quote));
	put(lab, extension, sizeof(extension));
	seal(lab);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.transport[4], 0);
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 1420);
	assert_int_equal(shape.size, 8 + 128 + 20);
	lab_close(lab);
}

static void quotes_that_are_not_ours(void **state)
{
	static const uint8_t segments[22] = {0, 1};
	struct lab *lab = lab_open();
	uint8_t quote[120];
	size_t size;

	(void)state;
	quote4(lab, quote, 28);
	quote[15] ^= 1; /* somebody else's packet */
	make_error4(lab, 3, 1, 0, quote, 28);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	quote4(lab, quote, 28);
	make_error4(lab, 3, 1, 0, quote, 19);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	quote4(lab, quote, 28);
	quote[9] = IPPROTO_ICMP; /* an error about an error */
	quote[20] = 3;
	make_error4(lab, 3, 1, 0, quote, 28);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	make_ipv6(lab, SERVER, STRANGER, IPPROTO_UDP); /* a client that was never there */
	put_udp(lab, 1, 2, 3);
	size = save(lab, quote, sizeof(quote));
	make_error6(lab, 1, 0, 0, quote, size);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	make_ipv6(lab, SERVER, CLIENT, IPPROTO_ROUTING);
	put_extension(lab, IPPROTO_UDP, segments, sizeof(segments));
	put_udp(lab, 1, 2, 3);
	size = save(lab, quote, sizeof(quote));
	make_error6(lab, 1, 0, 0, quote, size);
	lab_expect_drop(lab, NAT64_REASON_ICMP_QUOTE);
	quote6(lab, quote, 48);
	make_error6(lab, 1, 0, 0, quote, 48);
	lab->packet[70] ^= 1;
	lab_expect_drop(lab, NAT64_REASON_ICMP_CHECKSUM);
	assert_int_equal(lab->assigned, 0);
	lab_close(lab);
}

/* RFC 4443 section 2.4 (e), RFC 1812 section 4.3.2.7. */
static void some_packets_are_never_answered(void **state)
{
	struct lab *lab = lab_open();
	uint8_t quote[48];

	(void)state;
	quote6(lab, quote, sizeof(quote));
	make_error6(lab, 1, 0, 0, quote, sizeof(quote));
	lab->packet[7] = 1;
	lab_expect_drop(lab, NAT64_REASON_HOP_LIMIT);
	quote4(lab, quote, 28);
	make_error4(lab, 3, 0, 0, quote, 28);
	lab->packet[8] = 1;
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_HOP_LIMIT);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 800);
	put_pattern(lab, 80);
	lab->packet[8] = 1;
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_HOP_LIMIT);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
	put_fragment(lab, IPPROTO_UDP, 800, false, 1);
	put_pattern(lab, 80);
	lab->packet[7] = 1;
	lab_expect_drop(lab, NAT64_REASON_HOP_LIMIT);
	lab_close(lab);
}

static void hairpin_errors_come_back(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape, inner;
	uint8_t quote[60];
	size_t size;

	(void)state;
	make_ipv6(lab, "fd64::c0a8:f00a", OTHER, IPPROTO_UDP); /* what CLIENT sent to fd64::c0a8:f00b, as OTHER got it */
	put_udp(lab, 1000, 53, 4);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_ipv6(lab, OTHER, "fd64::c0a8:f00a", IPPROTO_ICMPV6);
	put_icmp(lab, 1, 4, 0);
	put(lab, quote, size);
	seal(lab);
	shape = lab_expect(lab, NAT64_HAIRPIN);
	assert_string_equal(shape.source, "fd64::c0a8:f00b");
	assert_string_equal(shape.destination, CLIENT);
	inner = lab_quote(&shape);
	assert_string_equal(inner.source, CLIENT);
	assert_string_equal(inner.destination, "fd64::c0a8:f00b");
	assert_int_equal(packet_checksum(&inner, inner.transport, inner.size), 0);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_section_4_2),
		cmocka_unit_test(rows_of_section_5_2),
		cmocka_unit_test(echo_both_ways),
		cmocka_unit_test(quotes_of_every_length),
		cmocka_unit_test(quoted_checksums_are_adjusted),
		cmocka_unit_test(quoted_fragments),
		cmocka_unit_test(silent_routers_get_a_guess),
		cmocka_unit_test(extensions_to_ipv6),
		cmocka_unit_test(extensions_to_ipv4),
		cmocka_unit_test(extensions_that_ipv6_does_not_know_are_left),
		cmocka_unit_test(quotes_that_are_not_ours),
		cmocka_unit_test(some_packets_are_never_answered),
		cmocka_unit_test(hairpin_errors_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
