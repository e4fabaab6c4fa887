/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums: sums, incremental updates, UDP's zero in its three policies. */
#include <setjmp.h>
#include <stdarg.h>

#include "nat64/core/checksum.h"
#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static uint16_t slow_sum(const uint8_t *at, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i++) {
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static void sums_of_every_length(void **state)
{
	static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}; /* RFC 1071 section 3 */
	uint8_t octets[100];

	(void)state;
	assert_int_equal(ntohs(nat64_sum_fold(nat64_sum(example, sizeof(example), 0))), 0xddf2);
	srandom(1071);
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)random();
	for (size_t length = 0; length <= sizeof(octets); length++)
		assert_int_equal(ntohs(nat64_sum_fold(nat64_sum(octets, length, 0))), slow_sum(octets, length));
	memset(octets, 0xff, sizeof(octets));
	assert_int_equal(nat64_sum_fold(nat64_sum(octets, sizeof(octets), UINT32_MAX)), 0xffff);
}

/* An update gives what a checksum made anew would give. */
static void updates_equal_a_new_checksum(void **state)
{
	uint16_t words[8], checksum, updated, old;

	(void)state;
	srandom(1624);
	for (unsigned i = 0; i < 20000; i++) {
		for (size_t w = 0; w < 8; w++)
			words[w] = random() % 4 ? (uint16_t)random() : random() % 2 ? 0xffff : 0;
		words[7] |= 1; /* no message is all zero */
		checksum = (uint16_t)~nat64_sum_fold(nat64_sum(words, sizeof(words), 0));
		old = words[3];
		words[3] = random() % 3 ? (uint16_t)random() : 0;
		updated = nat64_checksum_adjust(checksum, old, words[3]);
		assert_int_equal(updated, (uint16_t)~nat64_sum_fold(nat64_sum(words, sizeof(words), 0)));
	}
	assert_int_equal(nat64_checksum_adjust(htons(0xdd2f), htons(0x5555), htons(0x3285)), 0); /* RFC 1624 section 4 */
}

static void zero_is_sent_as_ones(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint16_t word = 0;

	(void)state;
	for (unsigned tries = 0; tries < 2; tries++) { /* first learn what makes the IPv6 sum zero, then send it */
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
		put_udp(lab, 53, 1000, 2);
		memcpy(lab->packet + 28, &word, sizeof(word));
		seal(lab);
		shape = lab_expect(lab, NAT64_4TO6);
		if (!tries)
			memcpy(&word, shape.transport + 6, sizeof(word));
	}
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 0xffff);
	lab_close(lab);
}

/* UDP-Lite over everything it carries. */
static void udp_lite_has_no_zero(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint16_t word = 0, checksum;

	(void)state;
	for (unsigned tries = 0; tries < 2; tries++) {
		make_ipv6(lab, CLIENT, SERVER, 136);
		put_pattern(lab, 64);
		memset(lab->packet + 44, 0, 4);
		memcpy(lab->packet + 48, &word, sizeof(word));
		shape = (struct packet_shape){.version = 6, .ip = lab->packet, .protocol = 136};
		checksum = htons(packet_checksum(&shape, lab->packet + 40, 64));
		memcpy(lab->packet + 46, &checksum, sizeof(checksum));
		shape = lab_expect(lab, NAT64_6TO4);
		if (!tries)
			memcpy(&word, shape.transport + 6, sizeof(word));
	}
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 0xffff);
	lab_close(lab);
}

static void make_without_checksum(struct lab *lab, int version)
{
	if (version == 4)
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	else
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	put_udp(lab, 53, 1000, 101);
	seal_ipv4(lab);
}

static void udp_without_checksum(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_without_checksum(lab, 4);
	lab_expect_error(lab, NAT64_REASON_UDP_CHECKSUM_ZERO, 3, 13, 0);
	make_without_checksum(lab, 6);
	lab_expect_drop(lab, NAT64_REASON_UDP_CHECKSUM_ZERO);

	lab->settings.translation.udp_checksum = CONF_UDP_CHECKSUM_CALCULATE;
	make_without_checksum(lab, 4);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_not_equal(shape.transport[6] << 8 | shape.transport[7], 0);
	make_without_checksum(lab, 6);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_not_equal(shape.transport[6] << 8 | shape.transport[7], 0);
	make_without_checksum(lab, 4); /* the rest of the packet is elsewhere */
	put_pattern(lab, 3);
	set_fragment4(lab, false, true, 0);
	seal_ipv4(lab);
	lab_expect_error(lab, NAT64_REASON_UDP_CHECKSUM_ZERO, 3, 13, 0);

	lab->settings.translation.udp_checksum = CONF_UDP_CHECKSUM_FORWARD;
	make_without_checksum(lab, 4);
	lab_translate(lab);
	assert_int_equal(lab->result.verdict, NAT64_4TO6);
	shape = lab_frame(lab, 0, false);
	assert_int_equal(shape.transport[6] << 8 | shape.transport[7], 0);
	lab_close(lab);
}

/* A wrong checksum stays wrong: nothing is laundered. */
static void wrong_checksums_stay_wrong(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 30);
	seal(lab);
	lab->packet[90] ^= 4;
	lab_translate(lab);
	shape = lab_frame(lab, 0, false);
	assert_int_not_equal(packet_checksum(&shape, shape.transport, shape.size), 0);
	lab_close(lab);
}

static void other_transports(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	uint8_t before[64];
	uint16_t checksum;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, 132); /* SCTP: its checksum knows no addresses */
	put_pattern(lab, 64);
	memcpy(before, lab->packet + 40, sizeof(before));
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.protocol, 132);
	assert_memory_equal(shape.transport, before, sizeof(before));
	make_ipv6(lab, CLIENT, SERVER, 33); /* DCCP: octets 6 and 7, over everything */
	put_pattern(lab, 64);
	shape = (struct packet_shape){.version = 6, .ip = lab->packet, .protocol = 33};
	memset(lab->packet + 46, 0, sizeof(checksum));
	checksum = htons(packet_checksum(&shape, lab->packet + 40, 64));
	memcpy(lab->packet + 46, &checksum, sizeof(checksum));
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(packet_checksum(&shape, shape.transport, shape.size), 0);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_of_every_length), cmocka_unit_test(updates_equal_a_new_checksum),
		cmocka_unit_test(zero_is_sent_as_ones), cmocka_unit_test(udp_lite_has_no_zero),
		cmocka_unit_test(udp_without_checksum), cmocka_unit_test(wrong_checksums_stay_wrong),
		cmocka_unit_test(other_transports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
