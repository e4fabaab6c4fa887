/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that leave together, against any packets.
 *
 * The input describes packets of a few flows, each mostly the flow's last one going on: with other sizes, flags, options, wrong
 * octets, and virtio headers of any kind. They are offered as a worker does. What leaves is cut here as the kernel would, and
 * each segment must be the packet that went in: octet by octet, but for IPv4's identification, which counts up, and for a
 * checksum that may have been partial. None of a flow overtakes another, and nothing waits when a packet passes that may be
 * of any flow.
 */
#include "nat64/core/merge.h"

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VNET        sizeof(struct virtio_net_hdr)
#define FLOWS       4
#define WAITING_MAX 64 /* UDP_MAX_SEGMENTS of Linux */
#define DATA_MAX    2000
#define PACKETS_MAX 150 /* of one input */

struct packet {
	size_t length; /* with the virtio header */
	uint8_t octets[VNET + 100 + DATA_MAX];
};

struct input {
	const uint8_t *at, *end;
};

static struct nat64_merge merges[NAT64_MERGE_SLOTS];
static struct packet waiting[NAT64_MERGE_SLOTS][WAITING_MAX];
static size_t waiting_count[NAT64_MERGE_SLOTS];
static struct packet flows[FLOWS];

static unsigned next(struct input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static size_t ip_header(const uint8_t *ip)
{
	return ip[0] >> 4 == 4 ? 20 : 40;
}

static bool is_tcp(const uint8_t *ip)
{
	return ip[ip[0] >> 4 == 4 ? 9 : 6] == 6;
}

static size_t headers(const uint8_t *ip)
{
	size_t header = ip_header(ip);

	return header + (is_tcp(ip) ? (ip[header + 12] >> 4) * 4U : 8);
}

static uint32_t sum_up(uint32_t sum, const uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Lengths and checksums by what is there; partial: the transport's is of the pseudo-header alone. */
static void seal(struct packet *packet, bool partial)
{
	uint8_t *ip = packet->octets + VNET;
	size_t length = packet->length - VNET, header = ip_header(ip), at = header + (is_tcp(ip) ? 16 : 6);
	size_t addresses = header == 20 ? 8 : 32;
	uint32_t sum = (uint32_t)(length - header) + (is_tcp(ip) ? 6 : 17);

	put16(ip + (header == 20 ? 2 : 4), header == 20 ? length : length - header);
	if (header == 20) {
		put16(ip + 10, 0);
		put16(ip + 10, ~sum_up(0, ip, 20) & 0xffff);
	}
	if (!is_tcp(ip))
		put16(ip + header + 4, length - header);
	sum = sum_up(sum, ip + header - addresses, addresses);
	put16(ip + at, 0);
	if (!partial)
		sum = ~sum_up(sum, ip + header, length - header) & 0xffff;
	put16(ip + at, sum || partial ? sum : 0xffff);
	memset(packet->octets, 0, VNET);
	if (partial) {
		struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					      .csum_start = (uint16_t)header,
					      .csum_offset = is_tcp(ip) ? 16 : 6};
		memcpy(packet->octets, &vnet, sizeof(vnet));
	}
}

static void flow_begin(struct packet *packet, unsigned flow)
{
	uint8_t *ip = packet->octets + VNET;
	size_t header = flow & 1 ? 40 : 20;

	memset(packet, 0, sizeof(*packet));
	ip[0] = flow & 1 ? 0x60 : 0x45;
	memset(ip + header - (flow & 1 ? 32 : 8), (int)(10 + flow), flow & 1 ? 32 : 8);
	ip[flow & 1 ? 6 : 9] = flow & 2 ? 6 : 17;
	ip[flow & 1 ? 7 : 8] = 64;
	put16(ip + header, 1000 + flow);
	put16(ip + header + 2, 53);
	if (flow & 2) {
		ip[header + 12] = 0x50;
		ip[header + 13] = 0x10;
	}
	packet->length = VNET + headers(ip) + 100;
}

static void fail(const char *what)
{
	fprintf(stderr, "merge: expected the packets that went in, got %s\n", what);
	abort();
}

/* Whether a segment is the packet that went in, when both are sealed anew. */
static void compare(const struct packet *segment, const struct packet *want, bool alone)
{
	static struct packet a, b;

	a = *segment;
	b = *want;
	if (a.length != b.length)
		fail("another length");
	if (!alone) {
		if (ip_header(a.octets + VNET) == 20)
			memcpy(a.octets + VNET + 4, b.octets + VNET + 4, 2);
		seal(&a, false);
		seal(&b, false);
	}
	if (memcmp(a.octets, b.octets, a.length) != 0)
		fail("other octets");
}

/* The nth packet of a super-packet, as tcp_gso_segment() and __udp_gso_segment() of Linux cut it. */
static void cut(struct packet *segment, const uint8_t *frame, size_t length, size_t number, size_t segment_size)
{
	const uint8_t *ip = frame + VNET;
	size_t before = headers(ip), at = number * segment_size, left = length - VNET - before - at;
	bool last = left <= segment_size;

	segment->length = VNET + before + (last ? left : segment_size);
	if (segment->length > sizeof(segment->octets))
		fail("a piece that is too long");
	memset(segment->octets, 0, VNET);
	memcpy(segment->octets + VNET, ip, before);
	memcpy(segment->octets + VNET + before, ip + before + at, segment->length - VNET - before);
	if (!is_tcp(ip))
		return;
	put32(segment->octets + VNET + ip_header(ip) + 4, get32(ip + ip_header(ip) + 4) + (uint32_t)at);
	if (!last)
		segment->octets[VNET + ip_header(ip) + 13] &= (uint8_t)~9; /* PSH and FIN */
}

/* What the kernel wants of a super-packet (include/linux/virtio_net.h), and that its lengths and checksums are right. */
static void check_super(const struct packet *first, const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + VNET;
	size_t header = ip_header(ip), addresses = header == 20 ? 8 : 32, total = length - VNET;
	struct virtio_net_hdr vnet;
	uint32_t sum;

	memcpy(&vnet, frame, sizeof(vnet));
	if (vnet.flags != VIRTIO_NET_HDR_F_NEEDS_CSUM || vnet.csum_start != header ||
	    vnet.csum_offset != (is_tcp(ip) ? 16 : 6) || vnet.hdr_len != headers(ip) ||
	    vnet.gso_size != first->length - VNET - headers(ip))
		fail("a wrong virtio header");
	if (vnet.gso_type != (!is_tcp(ip)  ? 5 /* UDP_L4, Linux 6.2 */ :
			      header == 20 ? VIRTIO_NET_HDR_GSO_TCPV4 :
					     VIRTIO_NET_HDR_GSO_TCPV6))
		fail("a wrong gso_type");
	if (get16(ip + (header == 20 ? 2 : 4)) != (header == 20 ? total : total - header) || total > 65535 ||
	    (!is_tcp(ip) && get16(ip + header + 4) != total - header))
		fail("a wrong length");
	if (header == 20 && sum_up(0, ip, 20) != 0xffff)
		fail("a wrong header checksum");
	sum = sum_up((uint32_t)(total - header) + (is_tcp(ip) ? 6 : 17), ip + header - addresses, addresses);
	if (get16(ip + header + vnet.csum_offset) != sum)
		fail("a wrong partial checksum");
}

static void slot_write(unsigned slot)
{
	struct iovec frame = nat64_merge_append(&merges[slot]);
	size_t count = waiting_count[slot];
	static struct packet segment;

	waiting_count[slot] = 0;
	if (!count != !frame.iov_len)
		fail("too few or too many");
	if (count > 1) {
		const struct packet *first = &waiting[slot][0];
		size_t before = headers(first->octets + VNET), segment_size = first->length - VNET - before;

		check_super(first, frame.iov_base, frame.iov_len);
		if ((frame.iov_len - VNET - before + segment_size - 1) / segment_size != count)
			fail("another number of packets");
		for (size_t i = 0; i < count; i++) {
			cut(&segment, frame.iov_base, frame.iov_len, i, segment_size);
			compare(&segment, &waiting[slot][i], false);
		}
	} else if (count == 1) {
		segment.length = frame.iov_len;
		memcpy(segment.octets, frame.iov_base, frame.iov_len);
		compare(&segment, &waiting[slot][0], true);
	}
}

static bool same_flow(const struct packet *a, const struct packet *b)
{
	const uint8_t *x = a->octets + VNET, *y = b->octets + VNET;
	size_t header = ip_header(x), addresses = header == 20 ? 8 : 32;

	return x[0] >> 4 == y[0] >> 4 && is_tcp(x) == is_tcp(y) &&
	       !memcmp(x + header - addresses, y + header - addresses, addresses + 4);
}

/* A packet leaves alone: none of its flow may still wait. A packet of TCP or UDP belongs to a flow, even if that cannot be seen. */
static void check_alone(const struct packet *packet, const struct nat64_segment *segment)
{
	const uint8_t *ip = packet->octets + VNET;
	unsigned protocol = ip[ip[0] >> 4 == 4 ? 9 : 6];

	if (packet->length < VNET + 20 || (protocol != 6 && protocol != 17 && protocol != 44))
		return;
	if (segment->slot == NAT64_MERGE_NONE && packet->length >= VNET + 40)
		fail("a packet that passes those of its flow");
	for (unsigned slot = 0; slot < NAT64_MERGE_SLOTS; slot++)
		for (size_t i = 0; i < waiting_count[slot]; i++)
			if (packet->length >= VNET + 44 && same_flow(packet, &waiting[slot][i]))
				fail("a packet that overtakes those of its flow");
}

/* Who may wait for others: one whole packet whose lengths are right, and its checksum, unless the kernel vouches for that.
 * That of the IPv4 header is the core's own. */
static void check_fits(const struct packet *packet)
{
	static struct packet right;
	struct virtio_net_hdr vnet;
	size_t header = ip_header(packet->octets + VNET), at = VNET + header + (is_tcp(packet->octets + VNET) ? 16 : 6);

	right = *packet;
	memcpy(&vnet, packet->octets, sizeof(vnet));
	seal(&right, false);
	if (vnet.flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID) ||
	    (!get16(packet->octets + at) && get16(right.octets + at) == 0xffff && is_tcp(packet->octets + VNET)))
		memcpy(right.octets + at, packet->octets + at, 2);
	if (header == 20)
		memcpy(right.octets + VNET + 10, packet->octets + VNET + 10, 2);
	if (vnet.gso_type || memcmp(right.octets + VNET, packet->octets + VNET, packet->length - VNET) != 0)
		fail("a packet that its cut would make another of");
}

static void offer(const struct packet *packet)
{
	uint8_t *exact = malloc(packet->length); /* a sanitizer sees the first octet beyond it */
	struct nat64_segment segment;

	if (!exact)
		abort();
	memcpy(exact, packet->octets, packet->length);
	segment = nat64_merge_compare(exact, packet->length, true);
	if (segment.fits) {
		check_fits(packet);
		if (!nat64_merge_add(&merges[segment.slot], &segment)) {
			slot_write(segment.slot);
			if (!nat64_merge_add(&merges[segment.slot], &segment))
				fail("a refusal of the first one");
		}
		if (waiting_count[segment.slot] == WAITING_MAX)
			fail("more than the kernel cuts");
		waiting[segment.slot][waiting_count[segment.slot]++] = *packet;
	} else {
		for (unsigned slot = 0; slot < NAT64_MERGE_SLOTS; slot++)
			if (segment.slot == slot || segment.slot == NAT64_MERGE_ANY)
				slot_write(slot);
		check_alone(packet, &segment);
	}
	free(exact);
}

/* Most go on as they were; the others differ in one thing. */
static void packet_next(struct input *input, unsigned choice)
{
	unsigned value;
	struct packet *flow = &flows[choice % FLOWS];
	static struct packet packet;
	uint8_t *ip = flow->octets + VNET;
	size_t data = flow->length - VNET - headers(ip);

	if (is_tcp(ip))
		put32(ip + ip_header(ip) + 4, get32(ip + ip_header(ip) + 4) + (uint32_t)data);
	packet = *flow;
	ip = packet.octets + VNET;
	value = choice >> 4 < 7 ? next(input) : 0;
	if (choice >> 4 == 0) { /* another size, from here on or once */
		packet.length = VNET + headers(ip) + value * 7;
		if (choice & 8)
			flow->length = packet.length;
	} else if (choice >> 4 == 1 && is_tcp(ip)) {
		flow->octets[VNET + ip_header(ip) + 12] = (uint8_t)((5 + value % 11) << 4 | (value & 0xf0) >> 7);
		flow->length = VNET + headers(flow->octets + VNET) + 50;
		packet = *flow;
	} else if (choice >> 4 == 2) { /* a header that differs, its checksum right */
		size_t at = value % headers(ip);

		if (at != 0 && at != (ip[0] >> 4 == 4 ? 9 : 6) && !(is_tcp(ip) && at == ip_header(ip) + 12))
			ip[at] = (uint8_t)next(input);
	} else if (choice >> 4 == 3 && is_tcp(ip)) {
		ip[ip_header(ip) + 13] = (uint8_t)value;
	}
	for (size_t i = headers(ip); i < packet.length - VNET; i++)
		ip[i] = (uint8_t)(choice + i);
	seal(&packet, choice & 4);
	if (choice >> 4 == 4)
		packet.octets[VNET + value * 256 % (packet.length - VNET)] ^= (uint8_t)(1 + next(input));
	else if (choice >> 4 == 5)
		packet.octets[value % 6] ^= (uint8_t)next(input);
	else if (choice >> 4 == 6 && value < packet.length - VNET)
		packet.length -= value;
	offer(&packet);
}

/* One, or several of a kind. */
static unsigned packets_next(struct input *input)
{
	unsigned choice = next(input), count = choice >> 4 == 15 ? next(input) % 80 : 1;

	for (unsigned i = 0; i < count; i++)
		packet_next(input, choice);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, data + size};

	for (unsigned i = 0; i < FLOWS; i++)
		flow_begin(&flows[i], i);
	for (unsigned count = 0; input.at < input.end && count < PACKETS_MAX;)
		count += packets_next(&input);
	for (unsigned slot = 0; slot < NAT64_MERGE_SLOTS; slot++)
		slot_write(slot);
	return 0;
}
