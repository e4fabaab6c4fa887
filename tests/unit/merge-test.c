/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams that leave together are the same datagrams, in the same order, once they are cut again. */
#include <setjmp.h>
#include <stdarg.h>

#include "nat64/merge.h"
#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define FLOWS 6
#define ROUNDS 3000
#define DATAGRAMS_MAX 200 /* of one round */
#define CUT_MAX 64

/* One datagram: what must come out as it went in. */
struct datagram {
	unsigned flow, hop_limit, number;
	size_t size;
	bool right; /* its checksum */
};

static struct nat64_merge slots[NAT64_MERGE_SLOTS];
static struct datagram sent[DATAGRAMS_MAX];
static size_t sent_count, seen[FLOWS]; /* in seen: how many of each flow came out */
static unsigned written, super_packets;

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* The flow's next datagram that is still missing. */
static const struct datagram *expected(unsigned flow)
{
	size_t nth = seen[flow]++;

	for (size_t i = 0; i < sent_count; i++)
		if (sent[i].flow == flow && nth-- == 0)
			return &sent[i];
	fail_msg("more datagrams of flow %u came out than went in", flow);
	return NULL;
}

/* Payloads say which datagram they are, and are told apart octet by octet. */
static void payload_make(uint8_t *at, const struct datagram *datagram)
{
	for (size_t i = 0; i < datagram->size; i++)
		at[i] = (uint8_t)(datagram->number * 31 + datagram->flow * 7 + i);
}

static void payload_check(const uint8_t *at, size_t size, const struct datagram *want)
{
	uint8_t octets[2000];

	if (size != want->size)
		fail_msg("datagram %u of flow %u: expected %zu octets, got %zu", want->number, want->flow, want->size, size);
	payload_make(octets, want);
	assert_memory_equal(at, octets, size);
}

/* What the kernel does with a frame that is written: check it, and cut it. */
static void frame_cut(const uint8_t *frame, size_t length)
{
	struct packet_shape shape;
	const char *error = packet_check(frame, length, false, &shape);
	size_t segment, payload, count = 0;
	unsigned flow;

	if (error)
		fail_msg("expected a right frame, got a wrong %s", error);
	if (shape.is_fragment)
		return;
	flow = get16(shape.transport) - 1000U;
	payload = shape.size - 8;
	segment = shape.vnet.gso_type ? shape.vnet.gso_size : payload;
	assert_int_equal(get16(shape.transport + 4), shape.size);
	written++;
	super_packets += shape.vnet.gso_type != 0;
	for (size_t at = 0; at < payload; at += segment, count++) {
		const struct datagram *want = expected(flow);

		payload_check(shape.transport + 8 + at, payload - at < segment ? payload - at : segment, want);
		assert_int_equal(shape.hop_limit, want->hop_limit);
		error = packet_check(frame, length, true, &shape);
		if (want->right ? error != NULL : error == NULL || shape.vnet.gso_type)
			fail_msg("datagram %u of flow %u: expected a %s checksum", want->number, flow, want->right ? "right" : "wrong");
	}
	assert_in_range(count, 1, CUT_MAX);
}

static void slot_write(unsigned slot)
{
	struct iovec frame = nat64_merge_take(&slots[slot]);

	if (frame.iov_len)
		frame_cut(frame.iov_base, frame.iov_len);
}

static void slots_write(void)
{
	for (unsigned slot = 0; slot < NAT64_MERGE_SLOTS; slot++)
		slot_write(slot);
}

/* As a worker does. */
static enum nat64_merge_kind frame_offer(const struct lab *lab)
{
	size_t length = sizeof(struct virtio_net_hdr) + lab->length;
	enum nat64_merge_kind kind = nat64_merge_kind(lab->frame, length);
	unsigned slot;

	if (kind != NAT64_MERGE_FIT) {
		if (kind == NAT64_MERGE_ALONE)
			slots_write();
		frame_cut(lab->frame, length);
		return kind;
	}
	slot = nat64_merge_slot(lab->frame);
	assert_in_range(slot, 0, NAT64_MERGE_SLOTS - 1);
	if (!nat64_merge_add(&slots[slot], lab->frame, length)) {
		slot_write(slot);
		assert_true(nat64_merge_add(&slots[slot], lab->frame, length));
	}
	return kind;
}

/* Half of the flows are IPv4; ports begin at 1000. */
static void datagram_make(struct lab *lab, const struct datagram *datagram, bool partial)
{
	uint8_t octets[2000];
	bool ipv4 = datagram->flow % 2;

	if (ipv4)
		make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	else
		make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	lab->packet[ipv4 ? 8 : 7] = (uint8_t)datagram->hop_limit;
	put_udp(lab, 1000 + datagram->flow, 53, datagram->size);
	payload_make(octets, datagram);
	memcpy(lab->packet + lab->length - datagram->size, octets, datagram->size);
	if (partial) {
		seal_partial(lab, 0);
		return;
	}
	seal(lab);
	if (!datagram->right)
		lab->packet[(ipv4 ? 20 : 40) + 6] ^= 0x55;
}

static size_t any_size(void)
{
	static const size_t sizes[] = { 1, 2, 8, 64, 64, 64, 64, 512, 1232 };

	return sizes[(size_t)rand() % (sizeof sizes / sizeof *sizes)];
}

/* A burst, as programs send them: one flow, mostly one size. */
static void burst_offer(struct lab *lab)
{
	unsigned flow = (unsigned)rand() % FLOWS, count = 1 + (unsigned)rand() % 90;
	unsigned hop_limit = 60 + !(rand() % 8);
	size_t size = any_size();

	while (count-- && sent_count < DATAGRAMS_MAX) {
		struct datagram *datagram = &sent[sent_count];

		*datagram = (struct datagram){ flow, hop_limit, (unsigned)sent_count, size, true };
		if (rand() % 16 == 0)
			datagram->size = any_size();
		datagram->right = rand() % 32 != 0;
		sent_count++;
		datagram_make(lab, datagram, datagram->right && rand() % 2);
		assert_int_equal(frame_offer(lab), datagram->right ? NAT64_MERGE_FIT : NAT64_MERGE_ALONE);
	}
}

static void datagrams_come_out_as_they_went_in(void **state)
{
	struct lab *lab = lab_open();
	size_t out = 0;

	(void)state;
	srand(20261121);
	written = super_packets = 0;
	for (int round = 0; round < ROUNDS; round++) {
		sent_count = 0;
		memset(seen, 0, sizeof seen);
		for (int bursts = 1 + rand() % 4; bursts > 0; bursts--)
			burst_offer(lab);
		slots_write();
		for (unsigned flow = 0; flow < FLOWS; flow++)
			out += seen[flow];
		assert_int_equal(seen[0] + seen[1] + seen[2] + seen[3] + seen[4] + seen[5], sent_count);
	}
	print_message("%zu datagrams left in %u frames, %u of them super-packets\n", out, written, super_packets);
	assert_in_range(written, 1, out / 4); /* otherwise the test says little */
	lab_close(lab);
}

/* Offer as many datagrams of one size; how many frames leave. */
static unsigned frames_of(struct lab *lab, unsigned count, size_t size)
{
	sent_count = 0;
	written = 0;
	memset(seen, 0, sizeof seen);
	for (unsigned i = 0; i < count; i++) {
		sent[i] = (struct datagram){ 1, 61, i, size, true };
		sent_count++;
		datagram_make(lab, &sent[i], true);
		assert_int_equal(frame_offer(lab), NAT64_MERGE_FIT);
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

static void a_single_datagram_is_left_as_it_is(void **state)
{
	struct lab *lab = lab_open();
	struct datagram datagram = { 1, 61, 1, 100, true };
	uint8_t before[200];
	size_t length = sizeof(struct virtio_net_hdr) + 20 + 8 + 100;
	struct iovec frame;

	(void)state;
	datagram_make(lab, &datagram, false);
	memcpy(before, lab->frame, length);
	assert_true(nat64_merge_add(&slots[0], lab->frame, length));
	frame = nat64_merge_take(&slots[0]);
	assert_int_equal(frame.iov_len, length);
	assert_memory_equal(frame.iov_base, before, length);
	assert_int_equal(nat64_merge_take(&slots[0]).iov_len, 0);
	lab_close(lab);
}

static enum nat64_merge_kind kind_of(const struct lab *lab)
{
	return nat64_merge_kind(lab->frame, sizeof(struct virtio_net_hdr) + lab->length);
}

static void other_frames_are_known(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 100);
	seal(lab);
	assert_int_equal(kind_of(lab), NAT64_MERGE_NEVER);

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	set_fragment4(lab, false, true, 0);
	seal(lab);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_FRAGMENT);
	put_fragment(lab, IPPROTO_UDP, 0, true, 7);
	put_udp(lab, 1, 2, 96);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE);

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 0);
	seal(lab);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE); /* nothing to cut */

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	seal_ipv4(lab);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE); /* without a checksum */

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 6000);
	seal_partial(lab, 1200);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE); /* a super-packet already */

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 40000);
	seal(lab);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE); /* two would be too long */

	make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	lab->packet[20 + 5]++; /* UDP length */
	seal(lab);
	assert_int_equal(kind_of(lab), NAT64_MERGE_ALONE);
	lab->length = 12;
	assert_int_equal(kind_of(lab), NAT64_MERGE_NEVER);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_come_out_as_they_went_in),
		cmocka_unit_test(a_super_packet_has_limits),
		cmocka_unit_test(a_single_datagram_is_left_as_it_is),
		cmocka_unit_test(other_frames_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
