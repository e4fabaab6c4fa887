/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fragments: made, carried over, held, refused. What was cut is put together again and compared. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct segments { /* of one packet, as a receiver puts them together */
	uint8_t octets[70000];
	size_t size; /* 0: the last one has not come */
	size_t got;
	uint32_t identification;
	struct packet_shape last;
};

static void add_segment(struct segments *segments, const struct packet_shape *shape)
{
	assert_in_range(shape->offset + shape->size, 0, sizeof(segments->octets));
	memcpy(segments->octets + shape->offset, shape->transport, shape->size);
	segments->got += shape->size;
	if (!shape->more)
		segments->size = shape->offset + shape->size;
	segments->identification = shape->identification;
	segments->last = *shape;
}

/* All frames of the result are segments of one packet, each at most limit octets; its checksum is right. */
static void collect(const struct lab *lab, size_t limit, struct segments *segments)
{
	struct packet_shape shape;

	memset(segments, 0, sizeof(*segments));
	for (size_t i = 0; i < lab->result.count; i++) {
		shape = lab_frame(lab, i, true);
		assert_in_range(shape.length, 0, limit);
		assert_true(shape.is_fragment);
		assert_int_equal(shape.vnet.flags | shape.vnet.gso_type, 0);
		if (i)
			assert_int_equal(shape.identification, segments->identification);
		add_segment(segments, &shape);
	}
	assert_int_equal(segments->got, segments->size);
}

static void packets_without_df_are_fragmented(void **state)
{
	static const size_t sizes[] = {1233, 1264, 2464, 2465, 4000, 65507};
	static struct segments segments;
	static uint8_t payload[70000];
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
		set_fragment4(lab, false, false, 0);
		put_udp(lab, 53, 1000, sizes[i]);
		seal(lab);
		memcpy(payload, lab->packet + 28, sizes[i]);
		lab_translate(lab);
		assert_int_equal(lab->result.verdict, NAT64_4TO6);
		collect(lab, 1280, &segments);
		assert_int_equal(lab->result.count, (sizes[i] + 8 + 1231) / 1232);
		assert_int_equal(segments.identification, 0x4321);
		assert_int_equal(segments.size, sizes[i] + 8);
		assert_memory_equal(segments.octets + 8, payload, sizes[i]);
		assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);
	}
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 0);
	put_udp(lab, 53, 1000, 1232); /* 1280 octets exactly */
	seal(lab);
	assert_false(lab_expect(lab, NAT64_4TO6).has_fragment_header);
	lab_close(lab);
}

static void offlink_mtu_is_the_limit(void **state)
{
	static struct segments segments;
	struct lab *lab = lab_open();

	(void)state;
	lab->settings.translation.offlink_mtu = 1400;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 0);
	put_udp(lab, 53, 1000, 3000);
	seal(lab);
	lab_translate(lab);
	collect(lab, 1400, &segments);
	assert_int_equal(lab->result.count, 3);
	lab->context.mtu = 1300;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 0);
	put_udp(lab, 53, 1000, 3000);
	seal(lab);
	lab_translate(lab);
	collect(lab, 1300, &segments);
	lab_close(lab);
}

/* Cut an IPv4 packet as a router does, at most 1480 octets a segment, and translate each segment. */
static void ipv4_fragments_are_carried_and_cut_again(void **state)
{
	static struct segments segments;
	static uint8_t whole[6000];
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	put_udp(lab, 53, 1000, 5000);
	seal(lab);
	memcpy(whole, lab->packet + 20, 5008);
	memset(&segments, 0, sizeof(segments));
	for (unsigned offset = 0; offset < 5008; offset += 1480) {
		unsigned size = 5008 - offset < 1480 ? 5008 - offset : 1480;

		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
		set_fragment4(lab, false, offset + size < 5008, offset);
		put(lab, whole + offset, size);
		seal_ipv4(lab);
		lab_translate(lab);
		assert_int_equal(lab->result.verdict, NAT64_4TO6);
		assert_int_equal(lab->result.count, size > 1232 ? 2 : 1);
		for (size_t i = 0; i < lab->result.count; i++) {
			shape = lab_frame(lab, i, true);
			assert_in_range(shape.length, 0, 1280);
			assert_int_equal(shape.identification, 0x4321);
			add_segment(&segments, &shape);
		}
	}
	assert_int_equal(segments.size, 5008);
	assert_int_equal(segments.got, 5008);
	assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);
	lab_close(lab);
}

static void ipv6_fragments_are_carried(void **state)
{
	static struct segments segments;
	static uint8_t whole[6000];
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 3000);
	seal(lab);
	memcpy(whole, lab->packet + 40, 3032);
	memset(&segments, 0, sizeof(segments));
	for (unsigned offset = 0; offset < 3032; offset += 1232) {
		unsigned size = 3032 - offset < 1232 ? 3032 - offset : 1232;

		make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
		put_fragment(lab, IPPROTO_TCP, offset, offset + size < 3032, 0xfeed1234);
		put(lab, whole + offset, size);
		shape = lab_expect(lab, NAT64_6TO4);
		assert_false(shape.dont_fragment);
		assert_int_equal(shape.identification, 0x1234);
		assert_int_equal(shape.offset, offset);
		add_segment(&segments, &shape);
	}
	assert_int_equal(segments.size, 3032);
	assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT); /* an atomic fragment is a whole packet */
	put_fragment(lab, IPPROTO_UDP, 0, false, 0xfeed1234);
	put_udp(lab, 1, 2, 50);
	seal(lab);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_false(shape.is_fragment);
	assert_int_equal(shape.identification, 0x1234);
	assert_false(shape.dont_fragment);
	lab_close(lab);
}

static void bad_fragments(void **state)
{
	static const uint8_t padding[6] = {1, 4};
	struct lab *lab = lab_open();

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP); /* the first eight octets of TCP alone */
	set_fragment4(lab, false, true, 0);
	put_pattern(lab, 8);
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_TINY_FRAGMENT);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP); /* RFC 3128: writes over the flags */
	set_fragment4(lab, false, false, 8);
	put_pattern(lab, 80);
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_OVERLAPPING_FRAGMENT);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP); /* and over the checksum */
	set_fragment4(lab, false, false, 16);
	put_pattern(lab, 80);
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_OVERLAPPING_FRAGMENT);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, true, 0);
	put_pattern(lab, 81);
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_FRAGMENT_LENGTH);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 65528);
	put_pattern(lab, 8);
	seal_ipv4(lab);
	lab_expect_drop(lab, NAT64_REASON_FRAGMENT_LENGTH);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT); /* taking the options away would move all other fragments */
	put_fragment(lab, IPPROTO_DSTOPTS, 0, true, 1);
	put_extension(lab, IPPROTO_UDP, padding, sizeof(padding));
	put_pattern(lab, 80);
	lab_expect_drop(lab, NAT64_REASON_EXTENSION_HEADERS);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
	put_fragment(lab, IPPROTO_FRAGMENT, 0, false, 1);
	put_fragment(lab, IPPROTO_UDP, 0, false, 1);
	put_udp(lab, 1, 2, 3);
	lab_expect_drop(lab, NAT64_REASON_EXTENSION_HEADERS);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT); /* RFC 7915 section 5.1.1 */
	put_fragment(lab, IPPROTO_AH, 0, true, 1);
	put_pattern(lab, 80);
	lab_expect_drop(lab, NAT64_REASON_EXTENSION_HEADERS);
	lab_close(lab);
}

/* One fragment of the echo request in whole. */
static void make_echo_fragment(struct lab *lab, int version, const uint8_t *whole, unsigned size, unsigned offset,
			       unsigned most)
{
	unsigned length = size - offset < most ? size - offset : most;

	if (version == 6) {
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
		put_fragment(lab, IPPROTO_ICMPV6, offset, offset + length < size, 77);
	} else {
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_ICMP);
		set_fragment4(lab, false, offset + length < size, offset);
	}
	put(lab, whole + offset, length);
	seal_ipv4(lab);
}

static unsigned make_echo(struct lab *lab, int version, uint8_t *whole, size_t data)
{
	if (version == 6)
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_ICMPV6);
	else
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_ICMP);
	put_icmp(lab, version == 6 ? 128 : 0, 0, 0x00070003);
	put_pattern(lab, data);
	seal(lab);
	memcpy(whole, lab->packet + (version == 6 ? 40 : 20), data + 8);
	return (unsigned)data + 8;
}

static void translate_fragment(struct lab *lab, struct segments *segments, int version, const uint8_t *whole,
			       unsigned size, unsigned offset, unsigned most)
{
	struct packet_shape shape;

	make_echo_fragment(lab, version, whole, size, offset, most);
	lab_translate(lab);
	for (size_t i = 0; i < lab->result.count; i++) {
		shape = lab_frame(lab, i, true);
		add_segment(segments, &shape);
	}
}

static void fragmented_echoes(void **state)
{
	static struct segments segments;
	static uint8_t whole[66000];
	struct lab *lab = lab_open();
	unsigned size, most;

	(void)state;
	for (int version = 4; version <= 6; version += 2)
		for (int reverse = 0; reverse < 2; reverse++) {
			size = make_echo(lab, version, whole, 65000);
			most = version == 6 ? 1232 : 1480;
			memset(&segments, 0, sizeof(segments));
			if (reverse)
				for (unsigned offset = size / most * most;; offset -= most) {
					translate_fragment(lab, &segments, version, whole, size, offset, most);
					if (!offset)
						break;
				}
			else
				for (unsigned offset = 0; offset < size; offset += most) {
					translate_fragment(lab, &segments, version, whole, size, offset, most);
					if (!offset)
						assert_string_equal(nat64_reason_name(lab->result.reason), "fragment-held");
				}
			assert_int_equal(segments.got, size);
			assert_int_equal(segments.size, size);
			assert_int_equal(segments.last.version, 10 - version);
			assert_int_equal(segments.octets[0], version == 6 ? 8 : 129);
			assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);
		}
	lab_close(lab);
}

/* What was learned of one message is not used for the next one of the same identification. */
static void held_fragments_are_forgotten(void **state)
{
	static const size_t sizes[] = {3000, 2000, 4000};
	static struct segments segments;
	static uint8_t whole[5000];
	struct lab *lab = lab_open();
	unsigned size;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size = make_echo(lab, 6, whole, sizes[i]);
		memset(&segments, 0, sizeof(segments));
		for (unsigned offset = 0; offset < size; offset += 1232) {
			translate_fragment(lab, &segments, 6, whole, size, offset, 1232);
			assert_int_equal(lab->result.released, offset + 1232 >= size); /* the last one lets the first one go */
			assert_int_equal(lab->result.released_octets, offset + 1232 >= size ? 40 + 8 + 1232 : 0);
		}
		assert_int_equal(segments.got, size);
		assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);
	}
	lab_close(lab);
}

static void held_fragments_give_way(void **state)
{
	static struct segments segments;
	static uint8_t whole[4000];
	struct lab *lab = lab_open();
	unsigned size = make_echo(lab, 6, whole, 3000);

	(void)state;
	for (unsigned i = 0; i < 100; i++) { /* messages that never end */
		make_echo_fragment(lab, 6, whole, size, 0, 1232);
		lab->packet[44] = (uint8_t)(i + 1);
		lab_expect_drop(lab, NAT64_REASON_FRAGMENT_HELD);
	}
	memset(&segments, 0, sizeof(segments));
	for (unsigned offset = 0; offset < size; offset += 1232)
		translate_fragment(lab, &segments, 6, whole, size, offset, 1232);
	assert_int_equal(segments.got, size);
	assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);
	lab_close(lab);
}

static void hairpin_echo_in_fragments(void **state)
{
	static struct segments segments;
	static uint8_t whole[4000];
	struct lab *lab = lab_open();
	struct packet_shape shape;
	unsigned size;

	(void)state;
	make_ipv6(lab, CLIENT, "fd64::c0a8:f00b", IPPROTO_ICMPV6);
	put_icmp(lab, 128, 0, 7);
	put_pattern(lab, 3000);
	seal(lab);
	size = (unsigned)lab->length - 40;
	memcpy(whole, lab->packet + 40, size);
	memset(&segments, 0, sizeof(segments));
	for (unsigned offset = 0; offset < size; offset += 1232) {
		make_ipv6(lab, CLIENT, "fd64::c0a8:f00b", IPPROTO_FRAGMENT);
		put_fragment(lab, IPPROTO_ICMPV6, offset, offset + 1232 < size, 9);
		put(lab, whole + offset, size - offset < 1232 ? size - offset : 1232);
		lab_translate(lab);
		for (size_t i = 0; i < lab->result.count; i++) {
			shape = lab_frame(lab, i, true);
			assert_string_equal(shape.destination, OTHER);
			add_segment(&segments, &shape);
		}
	}
	assert_int_equal(segments.got, size);
	assert_int_equal(packet_checksum(&segments.last, segments.octets, segments.size), 0);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_without_df_are_fragmented),
		cmocka_unit_test(offlink_mtu_is_the_limit),
		cmocka_unit_test(ipv4_fragments_are_carried_and_cut_again),
		cmocka_unit_test(ipv6_fragments_are_carried),
		cmocka_unit_test(bad_fragments),
		cmocka_unit_test(fragmented_echoes),
		cmocka_unit_test(held_fragments_are_forgotten),
		cmocka_unit_test(held_fragments_give_way),
		cmocka_unit_test(hairpin_echo_in_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
