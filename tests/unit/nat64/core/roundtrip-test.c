/* SPDX-License-Identifier: GPL-2.0-or-later */
/* There and back again: random valid packets through a stateless translator twice, which puts the first family's packet back.
 *
 * What RFC 7915 does not carry is left out of the comparison, and nothing else: hop limits go down by one each time, IPv4 options,
 * flow labels, extension headers and the upper half of a fragment's identification are gone (sections 4.1, 5.1), an unfragmented IPv4
 * packet gets an identification and DF by its length (5.1), types and codes are those that have one counterpart (4.2, 5.2). A
 * packet without DF that does not fit is cut on the way, and its segments are laid together.
 *
 * usage: roundtrip-test [SEED] */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES  20000
#define PIECES 8

static unsigned long seed = 7915;

struct packet {
	uint8_t octets[4096];
	size_t length;
};

static unsigned below(unsigned limit)
{
	return (unsigned)random() % limit;
}

/* Stateless (RFC 7915 section 1.3): no pool, the prefix on one side and a map on the other. */
static struct lab *open_stateless(void)
{
	struct conf_map map = {.v4 = {{inet_addr(CLIENT4)}, 32}, .v6 = {.length = 128}};
	struct lab *lab = lab_open();

	inet_pton(AF_INET6, CLIENT, &map.v6.address);
	lab->settings.translation.has_dynamic_pool = false;
	lab_add_map(lab, &map);
	return lab;
}

static void keep(struct packet *to, const struct iovec *frame)
{
	to->length = frame->iov_len - sizeof(struct virtio_net_hdr);
	assert_true(to->length <= sizeof(to->octets));
	memcpy(to->octets, (const uint8_t *)frame->iov_base + sizeof(struct virtio_net_hdr), to->length);
}

static void load(struct lab *lab, const struct packet *from)
{
	memset(lab->frame, 0, sizeof(struct virtio_net_hdr));
	memcpy(lab->packet, from->octets, from->length);
	lab->length = from->length;
}

/* A transport with its data, behind the headers that are there. */
static void put_transport(struct lab *lab, unsigned protocol, bool is_ipv6)
{
	size_t data = below(8) ? below(200) : below(1300);

	if (protocol == IPPROTO_UDP)
		put_udp(lab, below(65536), below(65536), data);
	else if (protocol == IPPROTO_TCP)
		put_tcp(lab, below(65536), below(65536), data);
	else if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
		put_icmp(lab, is_ipv6 ? 128 + below(2) : below(2) * 8, 0, (uint32_t)random());
		put_pattern(lab, data);
	} else
		put_pattern(lab, 16 + data);
}

static unsigned pick_protocol(bool is_ipv6)
{
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP,  IPPROTO_ICMP,
					    IPPROTO_ESP, IPPROTO_SCTP, IPPROTO_GRE};
	unsigned protocol = protocols[below(sizeof(protocols))];

	return protocol == IPPROTO_ICMP && is_ipv6 ? IPPROTO_ICMPV6 : protocol;
}

static void make_plain4(struct lab *lab)
{
	unsigned protocol = pick_protocol(false);

	make_ipv4(lab, SERVER4, CLIENT4, protocol);
	if (below(4) == 0) { /* options: no operation, record route */
		put(lab, (const uint8_t[12]){1, 7, 11, 4}, 12);
		lab->packet[0] = 0x48;
	}
	put_transport(lab, protocol, false);
	lab->packet[1] = (uint8_t)below(256);
	lab->packet[8] = (uint8_t)(3 + below(253));
	set_fragment4(lab, below(2), false, 0);
}

static void make_plain6(struct lab *lab)
{
	static const uint8_t padding[6] = {1, 4};
	unsigned protocol = pick_protocol(true), first = below(4) ? protocol : IPPROTO_DSTOPTS;

	make_ipv6(lab, CLIENT, SERVER, first);
	if (first != protocol)
		put_extension(lab, protocol, padding, sizeof(padding));
	put_transport(lab, protocol, true);
	lab->packet[0] = (uint8_t)(0x60 | below(16));
	lab->packet[1] = (uint8_t)below(256);
	lab->packet[7] = (uint8_t)(3 + below(253));
}

/* A fragment of something; no ICMP, which waits for the others. */
static void make_fragment(struct lab *lab, int version)
{
	unsigned offset = 8 * (3 + below(1000)), size = 8 * (1 + below(150));
	bool more = below(2);

	if (version == 4) {
		make_ipv4(lab, SERVER4, CLIENT4, below(2) ? IPPROTO_UDP : IPPROTO_TCP);
		set_fragment4(lab, false, more, offset);
	} else {
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
		put_fragment(lab, below(2) ? IPPROTO_UDP : IPPROTO_TCP, offset, more, below(65536));
	}
	put_pattern(lab, size);
}

/* An ICMP error of a kind that has one counterpart. */
static void make_error(struct lab *lab, int version)
{
	static const struct {
		uint8_t type, code;
		uint32_t word;
	} errors4[] = {{3, 1, 0},         {3, 3, 0},          {3, 10, 0},        {3, 2, 0},         {11, 0, 0},
		       {11, 1, 0},        {3, 4, 1400},       {12, 0, 0},        {12, 0, 1U << 24}, {12, 0, 8U << 24},
		       {12, 0, 9U << 24}, {12, 0, 12U << 24}, {12, 0, 16U << 24}},
	  errors6[] = {{1, 0, 0}, {1, 1, 0}, {1, 4, 0}, {2, 0, 1400}, {3, 0, 0}, {3, 1, 0}, {4, 1, 6},
		       {4, 0, 0}, {4, 0, 1}, {4, 0, 7}, {4, 0, 6},    {4, 0, 8}, {4, 0, 24}};
	unsigned pick = below(13), protocol = pick_protocol(version == 6);
	uint8_t quote[512];
	size_t size;

	if (version == 4) {
		make_ipv4(lab, CLIENT4, SERVER4, protocol);
		set_fragment4(lab, false, false, 0);
	} else
		make_ipv6(lab, SERVER, CLIENT, protocol);
	put_transport(lab, protocol, version == 6);
	seal(lab);
	size = save(lab, quote, (version == 4 ? 28 : 48) + below(400));
	if (version == 4) {
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_ICMP);
		put_icmp(lab, errors4[pick].type, errors4[pick].code, errors4[pick].word);
	} else {
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_ICMPV6);
		put_icmp(lab, errors6[pick].type, errors6[pick].code, errors6[pick].word);
	}
	put(lab, quote, size);
}

static struct packet_shape read_shape(const struct packet *packet)
{
	static uint8_t frame[sizeof(packet->octets) + sizeof(struct virtio_net_hdr)];
	struct packet_shape shape;
	const char *wrong;

	memset(frame, 0, sizeof(struct virtio_net_hdr));
	memcpy(frame + sizeof(struct virtio_net_hdr), packet->octets, packet->length);
	wrong = packet_check(frame, sizeof(struct virtio_net_hdr) + packet->length, false, &shape);
	if (wrong)
		fail_msg("expected a right packet, got a wrong %s", wrong);
	shape.transport = packet->octets + shape.header;
	return shape;
}

/* Steps over the extension header that make_plain6 may have written. */
static void skip_options(struct packet_shape *shape)
{
	if (shape->version == 6 && shape->protocol == IPPROTO_DSTOPTS) {
		shape->protocol = shape->transport[0];
		shape->transport += 8;
		shape->size -= 8;
	}
}

/* What an error quotes, octet by octet but for what a translation does not know: IPv4's identification, flags and header
 * checksum, IPv6's flow label. */
static void compare_quotes(const uint8_t *before, const uint8_t *after, size_t size)
{
	if (before[0] >> 4 == 4) {
		assert_memory_equal(after, before, 4);
		assert_memory_equal(after + 8, before + 8, 2);
		assert_memory_equal(after + 12, before + 12, size - 12);
		return;
	}
	assert_int_equal(after[0], before[0]);
	assert_int_equal(after[1] & 0xf0, before[1] & 0xf0);
	assert_memory_equal(after + 4, before + 4, size - 4);
}

static void compare(const struct packet *before, const struct packet *after, bool is_error)
{
	struct packet_shape a = read_shape(before), b = read_shape(after);

	skip_options(&a);
	assert_int_equal(b.version, a.version);
	assert_string_equal(b.source, a.source);
	assert_string_equal(b.destination, a.destination);
	assert_int_equal(b.traffic_class, a.traffic_class);
	assert_int_equal(b.hop_limit + 2, a.hop_limit);
	assert_int_equal(b.protocol, a.protocol);
	assert_int_equal(b.offset, a.offset);
	assert_int_equal(b.more, a.more);
	assert_int_equal(b.is_fragment, a.is_fragment);
	if (a.is_fragment)
		assert_int_equal(b.identification, a.identification);
	else if (a.version == 4)
		assert_int_equal(b.dont_fragment, b.length > 1260);
	assert_int_equal(b.size, a.size);
	if (!is_error) {
		assert_memory_equal(b.transport, a.transport, a.size);
		return;
	}
	assert_memory_equal(b.transport, a.transport, 2); /* the checksum is another where what is quoted is */
	assert_memory_equal(b.transport + 4, a.transport + 4, 4);
	compare_quotes(a.transport + 8, b.transport + 8, a.size - 8);
}

/* Put the frames of the result where their offsets say: the first one with its header. Returns how many there are. */
static size_t lay_together(const struct lab *lab, struct packet *whole)
{
	size_t end;

	for (size_t i = 0; i < lab->result.count; i++) {
		struct packet_shape shape = lab_frame(lab, i, false);
		size_t at = shape.header + shape.offset;

		end = at + shape.size;
		assert_true(end <= sizeof(whole->octets));
		memcpy(whole->octets + at, shape.transport, shape.size);
		if (at == shape.header)
			memcpy(whole->octets, shape.ip, shape.header);
		whole->length = end > whole->length ? end : whole->length;
	}
	return lab->result.count;
}

/* Translate the lab's packet, and what comes of it; put together what was cut. The first segment of an echo waits for the last. */
static void there_and_back(struct lab *lab, struct packet *after)
{
	static struct packet middle[PIECES];
	size_t count, back = 0;

	lab_translate(lab);
	assert_string_equal(nat64_reason_name(lab->result.reason), "none");
	count = lab->result.count;
	assert_in_range(count, 1, PIECES);
	for (size_t i = 0; i < count; i++)
		keep(&middle[i], &lab->result.frames[i]);
	after->length = 0;
	for (size_t i = 0; i < count; i++) {
		load(lab, &middle[i]);
		lab_translate(lab);
		if (count == 1 && lab->result.count == 1)
			keep(after, lab->result.frames);
		back += count == 1 ? lab->result.count : lay_together(lab, after);
	}
	assert_int_equal(back, count);
	if (count == 1)
		return;
	load(lab, after); /* one again: its length, and no fragment */
	put(lab, "", 0);
	set_fragment4(lab, after->length > 1260, false, 0);
	seal_ipv4(lab);
	memcpy(after->octets, lab->packet, 20);
}

/* The checksum of ones' complement has two zeros; which of them stands there says nothing. */
static void put_one_zero(struct packet *packet)
{
	struct packet_shape shape = read_shape(packet);
	size_t offset;
	uint8_t *at;

	skip_options(&shape);
	offset = shape.protocol == IPPROTO_TCP ? 16 : shape.protocol == IPPROTO_UDP ? 6 : 2;
	if (shape.offset || (shape.protocol != IPPROTO_TCP && shape.protocol != IPPROTO_UDP &&
			     shape.protocol != IPPROTO_ICMP && shape.protocol != IPPROTO_ICMPV6))
		return;
	at = packet->octets + (shape.transport - packet->octets) + offset;
	if (at[0] == 0xff && at[1] == 0xff)
		at[0] = at[1] = 0;
}

static void random_packets_come_back(int version)
{
	static struct packet before, after;
	struct lab *lab = open_stateless();
	unsigned cut = 0;

	for (unsigned i = 0; i < CASES; i++) {
		unsigned kind = below(8);

		if (kind == 0)
			make_fragment(lab, version);
		else if (kind == 1)
			make_error(lab, version);
		else if (version == 4)
			make_plain4(lab);
		else
			make_plain6(lab);
		seal(lab);
		before.length = save(lab, before.octets, sizeof(before.octets));
		there_and_back(lab, &after);
		put_one_zero(&before);
		put_one_zero(&after);
		compare(&before, &after, kind == 1);
		cut += version == 4 && !(before.octets[6] & 0x60) && before.length > 1260;
	}
	assert_true(version == 6 || cut > 50);
	lab_close(lab);
}

static void ipv4_to_ipv6_to_ipv4(void **state)
{
	(void)state;
	random_packets_come_back(4);
}

static void ipv6_to_ipv4_to_ipv6(void **state)
{
	(void)state;
	random_packets_come_back(6);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_to_ipv6_to_ipv4),
		cmocka_unit_test(ipv6_to_ipv4_to_ipv6),
	};

	if (count > 1)
		seed = strtoul(words[1], NULL, 10);
	printf("# seed %lu\n", seed);
	srandom((unsigned)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
