/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that leave together are the same packets, in the same order, once they are cut again. */
#include <setjmp.h>
#include <stdarg.h>

#include "nat64/core/merge.h"
#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS       6
#define ROUNDS      3000
#define SAMPLES_MAX 200 /* of one round */
#define CUT_MAX     64

/* One packet: what must come out as it went in. Flows 0 to 3 are UDP, 4 and 5 TCP; the odd ones are IPv4. */
struct sample {
	unsigned flow, hop_limit, number;
	size_t size;
	bool right; /* its checksum */
	uint32_t sequence, acknowledgement;
	uint8_t flags;
};

static struct nat64_merge slots[NAT64_MERGE_SLOTS];
static struct sample sent[SAMPLES_MAX];
static size_t sent_count, seen[FLOWS]; /* in seen: how many of each flow came out */
static unsigned written, super_packets;

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* The flow's next packet that is still missing. */
static const struct sample *expected(unsigned flow)
{
	size_t nth = seen[flow]++;

	for (size_t i = 0; i < sent_count; i++)
		if (sent[i].flow == flow && nth-- == 0)
			return &sent[i];
	fail_msg("more packets of flow %u came out than went in", flow);
	return NULL;
}

/* Payloads say which datagram they are, and are told apart octet by octet. */
static void payload_make(uint8_t *at, const struct sample *sample)
{
	for (size_t i = 0; i < sample->size; i++)
		at[i] = (uint8_t)(sample->number * 31 + sample->flow * 7 + i);
}

static void payload_check(const uint8_t *at, size_t size, const struct sample *want)
{
	uint8_t octets[2000];

	if (size != want->size)
		fail_msg("packet %u of flow %u: expected %zu octets, got %zu", want->number, want->flow, want->size, size);
	payload_make(octets, want);
	assert_memory_equal(at, octets, size);
}

static void tcp_check(const struct packet_shape *shape, size_t at, bool last, const struct sample *want)
{
	const uint8_t *tcp = shape->transport;

	assert_int_equal(get32(tcp + 4) + (uint32_t)at, want->sequence);
	assert_int_equal(get32(tcp + 8), want->acknowledgement);
	assert_int_equal(last ? tcp[13] : tcp[13] & ~TH_PUSH, want->flags); /* the cut leaves PSH to the last one */
}

/* What the kernel does with a frame that is written: check it, and cut it. */
static void frame_cut(const uint8_t *frame, size_t length)
{
	struct packet_shape shape;
	const char *error = packet_check(frame, length, false, &shape);
	size_t header, segment, payload, count = 0;
	unsigned flow;

	if (error)
		fail_msg("expected a right frame, got a wrong %s", error);
	if (shape.is_fragment)
		return;
	flow = get16(shape.transport) - 1000U;
	header = shape.protocol == IPPROTO_TCP ? (shape.transport[12] >> 4) * 4U : 8;
	payload = shape.size - header;
	segment = shape.vnet.gso_type ? shape.vnet.gso_size : payload;
	if (shape.protocol == IPPROTO_UDP)
		assert_int_equal(get16(shape.transport + 4), shape.size);
	written++;
	super_packets += shape.vnet.gso_type != 0;
	for (size_t at = 0; at < payload; at += segment, count++) {
		const struct sample *want = expected(flow);
		size_t left = payload - at;

		payload_check(shape.transport + header + at, left < segment ? left : segment, want);
		assert_int_equal(shape.hop_limit, want->hop_limit);
		if (shape.protocol == IPPROTO_TCP)
			tcp_check(&shape, at, left <= segment, want);
		error = packet_check(frame, length, true, &shape);
		if (want->right ? error != NULL : !error || shape.vnet.gso_type)
			fail_msg("packet %u of flow %u: expected a %s checksum", want->number, flow,
				 want->right ? "right" : "wrong");
	}
	assert_in_range(count, 1, CUT_MAX);
}

static void slot_write(unsigned slot)
{
	struct iovec frame = nat64_merge_append(&slots[slot]);

	if (frame.iov_len)
		frame_cut(frame.iov_base, frame.iov_len);
}

static void slots_write(void)
{
	for (unsigned slot = 0; slot < NAT64_MERGE_SLOTS; slot++)
		slot_write(slot);
}

static struct nat64_segment look(const struct lab *lab)
{
	return nat64_merge_compare(lab->frame, sizeof(struct virtio_net_hdr) + lab->length, true);
}

/* As a worker does. */
static bool frame_offer(const struct lab *lab)
{
	struct nat64_segment segment = look(lab);

	if (!segment.fits) {
		if (segment.slot < NAT64_MERGE_SLOTS)
			slot_write(segment.slot);
		else if (segment.slot == NAT64_MERGE_ANY)
			slots_write();
		frame_cut(segment.frame, segment.length);
		return false;
	}
	assert_in_range(segment.slot, 0, NAT64_MERGE_SLOTS - 1);
	if (!nat64_merge_add(&slots[segment.slot], &segment)) {
		slot_write(segment.slot);
		assert_true(nat64_merge_add(&slots[segment.slot], &segment));
	}
	return true;
}

static bool is_tcp(const struct sample *sample)
{
	return sample->flow >= 4;
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

/* Ports begin at 1000. */
static void sample_make(struct lab *lab, const struct sample *sample, bool partial)
{
	bool ipv4 = sample->flow % 2;
	unsigned protocol = is_tcp(sample) ? IPPROTO_TCP : IPPROTO_UDP;
	size_t header = ipv4 ? 20 : 40;
	uint8_t *transport = lab->packet + header;

	if (ipv4)
		make_ipv4(lab, CLIENT4, SERVER4, protocol);
	else
		make_ipv6(lab, CLIENT, SERVER, protocol);
	lab->packet[ipv4 ? 8 : 7] = (uint8_t)sample->hop_limit;
	if (is_tcp(sample)) {
		put_tcp(lab, 1000 + sample->flow, 53, sample->size);
		put32(transport + 4, sample->sequence);
		put32(transport + 8, sample->acknowledgement);
		transport[13] = sample->flags;
	} else {
		put_udp(lab, 1000 + sample->flow, 53, sample->size);
	}
	payload_make(lab->packet + lab->length - sample->size, sample);
	if (partial) {
		seal_partial(lab, 0);
		return;
	}
	seal(lab);
	if (!sample->right)
		transport[is_tcp(sample) ? 16 : 6] ^= 0x55;
}

static size_t any_size(void)
{
	static const size_t sizes[] = {1, 2, 8, 64, 64, 64, 64, 512, 1232};

	return sizes[(size_t)rand() % (sizeof(sizes) / sizeof(*sizes))];
}

/* TCP goes on where it was, but for a retransmission now and then; PSH ends a message. */
static void tcp_continue(struct sample *sample)
{
	static uint32_t sequences[FLOWS], acknowledgements[FLOWS];
	unsigned flow = sample->flow;

	if (rand() % 32 == 0)
		sequences[flow] -= 100;
	acknowledgements[flow] += rand() % 32 == 0;
	sample->sequence = sequences[flow];
	sample->acknowledgement = acknowledgements[flow];
	sample->flags = rand() % 16 ? TH_ACK : TH_ACK | TH_PUSH;
	if (rand() % 64 == 0)
		sample->flags = TH_ACK | TH_FIN;
	sequences[flow] += (uint32_t)sample->size;
}

/* A burst, as programs send them: one flow, mostly one size. */
static void burst_offer(struct lab *lab)
{
	unsigned flow = (unsigned)rand() % FLOWS, count = 1 + (unsigned)rand() % 90;
	unsigned hop_limit = 60 + !(rand() % 8);
	size_t size = any_size();

	while (count-- && sent_count < SAMPLES_MAX) {
		struct sample *sample = &sent[sent_count];

		*sample = (struct sample){
			.flow = flow, .hop_limit = hop_limit, .number = (unsigned)sent_count, .size = size};
		if (rand() % 16 == 0)
			sample->size = any_size();
		sample->right = rand() % 32 != 0;
		if (is_tcp(sample))
			tcp_continue(sample);
		sent_count++;
		sample_make(lab, sample, sample->right && rand() % 2);
		assert_int_equal(frame_offer(lab), sample->right && !(sample->flags & TH_FIN));
	}
}

static void packets_come_out_as_they_went_in(void **state)
{
	struct lab *lab = lab_open();
	size_t out = 0;

	(void)state;
	srand(20261121);
	written = super_packets = 0;
	for (int round = 0; round < ROUNDS; round++) {
		sent_count = 0;
		memset(seen, 0, sizeof(seen));
		for (int bursts = 1 + rand() % 4; bursts > 0; bursts--)
			burst_offer(lab);
		slots_write();
		for (unsigned flow = 0; flow < FLOWS; flow++)
			out += seen[flow];
		assert_int_equal(seen[0] + seen[1] + seen[2] + seen[3] + seen[4] + seen[5], sent_count);
	}
	print_message("%zu packets left in %u frames, %u of them super-packets\n", out, written, super_packets);
	assert_in_range(written, 1, out / 4); /* otherwise the test says little */
	lab_close(lab);
}

/* Offer as many datagrams of one size; how many frames leave. */
static unsigned frames_of(struct lab *lab, unsigned count, size_t size)
{
	sent_count = 0;
	written = 0;
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < count; i++) {
		sent[i] = (struct sample){.flow = 1, .hop_limit = 61, .number = i, .size = size, .right = true};
		sent_count++;
		sample_make(lab, &sent[i], true);
		assert_true(frame_offer(lab));
	}
	slots_write();
	assert_int_equal(seen[1], count);
	return written;
}

static void a_super_packet_has_limits(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	assert_int_equal(frames_of(lab, 1, 64), 1);
	assert_int_equal(frames_of(lab, 64, 64), 1);
	assert_int_equal(frames_of(lab, 65, 64), 2);
	assert_int_equal(frames_of(lab, 64, 1232), 2); /* 53 fit 65,535 octets */
	assert_int_equal(frames_of(lab, 56, 1170), 2); /* 65,520 octets and headers do not */
	assert_int_equal(frames_of(lab, 55, 1191), 1); /* 65,505 octets and headers do: 65,533 */
	lab_close(lab);
}

static void a_single_packet_is_left_as_it_is(void **state)
{
	struct lab *lab = lab_open();
	struct sample sample = {.flow = 1, .hop_limit = 61, .number = 1, .size = 100, .right = true};
	uint8_t before[200];
	struct nat64_segment segment;
	struct iovec frame;

	(void)state;
	sample_make(lab, &sample, false);
	segment = look(lab);
	memcpy(before, lab->frame, segment.length);
	assert_true(nat64_merge_add(&slots[0], &segment));
	frame = nat64_merge_append(&slots[0]);
	assert_int_equal(frame.iov_len, segment.length);
	assert_memory_equal(frame.iov_base, before, segment.length);
	assert_int_equal(nat64_merge_append(&slots[0]).iov_len, 0);
	lab_close(lab);
}

static void expect_alone(const struct lab *lab, const char *what)
{
	struct nat64_segment segment = look(lab);

	if (segment.fits || segment.slot == NAT64_MERGE_NONE)
		fail_msg("%s: expected to go alone, after those of its flow", what);
}

static void segments_that_go_alone(void **state)
{
	static const uint8_t flags[] = {
		TH_SYN, TH_ACK | TH_FIN, TH_ACK | TH_RST, TH_ACK | TH_URG, TH_ACK | 0x40, TH_ACK | 0x80, 0};
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(flags); i++) {
		make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_TCP);
		put_tcp(lab, 1, 2, 100);
		lab->packet[20 + 13] = flags[i];
		seal(lab);
		expect_alone(lab, "flags");
	}
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 0);
	seal(lab);
	expect_alone(lab, "no data");
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 100);
	lab->packet[20 + 12] = 0xf0; /* a header of 60 octets: there are as many */
	seal(lab);
	assert_true(look(lab).fits);
	lab->packet[20 + 12] = 0x40;
	seal(lab);
	expect_alone(lab, "a header of 16 octets");
	lab_close(lab);
}

static void datagrams_that_go_alone(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	set_fragment4(lab, false, true, 0);
	seal(lab);
	expect_alone(lab, "an IPv4 fragment");
	assert_int_equal(look(lab).slot, NAT64_MERGE_ANY);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
	put_fragment(lab, IPPROTO_UDP, 0, true, 7);
	put_udp(lab, 1, 2, 96);
	expect_alone(lab, "an IPv6 fragment");
	assert_int_equal(look(lab).slot, NAT64_MERGE_ANY);

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 0);
	seal(lab);
	expect_alone(lab, "nothing to cut");

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	seal_ipv4(lab);
	expect_alone(lab, "no checksum");

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 6000);
	seal_partial(lab, 1200);
	expect_alone(lab, "a super-packet already");

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 40000);
	seal(lab);
	expect_alone(lab, "two would be too long");

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	lab->packet[20 + 5]++; /* UDP length */
	seal(lab);
	expect_alone(lab, "another UDP length");
	lab_close(lab);
}

static void a_kernel_that_cuts_no_datagrams_gets_them_singly(void **state)
{
	struct lab *lab = lab_open();
	size_t length;

	(void)state;
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	seal(lab);
	length = sizeof(struct virtio_net_hdr) + lab->length;
	assert_true(nat64_merge_compare(lab->frame, length, true).fits);
	assert_false(nat64_merge_compare(lab->frame, length, false).fits);
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 88);
	seal(lab);
	assert_true(nat64_merge_compare(lab->frame, sizeof(struct virtio_net_hdr) + lab->length, false).fits);
	lab_close(lab);
}

static void other_protocols_pass_by(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_ICMP);
	put_icmp(lab, 8, 0, 1);
	seal(lab);
	assert_int_equal(look(lab).slot, NAT64_MERGE_NONE);
	lab->length = 12;
	assert_int_equal(look(lab).slot, NAT64_MERGE_NONE);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_come_out_as_they_went_in),
		cmocka_unit_test(a_super_packet_has_limits),
		cmocka_unit_test(a_single_packet_is_left_as_it_is),
		cmocka_unit_test(segments_that_go_alone),
		cmocka_unit_test(datagrams_that_go_alone),
		cmocka_unit_test(a_kernel_that_cuts_no_datagrams_gets_them_singly),
		cmocka_unit_test(other_protocols_pass_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
