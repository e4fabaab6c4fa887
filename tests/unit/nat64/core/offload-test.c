/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offloads: super-packets and partial checksums cross the translator; odd virtio headers do not. */
#include <setjmp.h>
#include <stdarg.h>

#include "nat64/core/packet.h"
#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

static void set_vnet(struct lab *lab, struct virtio_net_hdr vnet)
{
	memcpy(lab->frame, &vnet, sizeof(vnet));
}

static struct virtio_net_hdr get_vnet(const struct lab *lab)
{
	struct virtio_net_hdr vnet;

	memcpy(&vnet, lab->frame, sizeof(vnet));
	return vnet;
}

static void tcp_super_packets(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;
	struct virtio_net_hdr vnet;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 64000);
	seal_partial(lab, 1208);
	vnet = get_vnet(lab);
	vnet.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	set_vnet(lab, vnet);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.vnet.gso_type, VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN);
	assert_int_equal(shape.vnet.gso_size, 1208);
	assert_int_equal(shape.vnet.hdr_len, 52);
	assert_int_equal(shape.vnet.csum_start, 20);
	assert_int_equal(shape.size, 64032);
	assert_false(shape.dont_fragment); /* segments of 1260 octets */
	assert_ptr_equal(shape.transport, lab->packet + 40);

	make_ipv6(lab, CLIENT, SERVER, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 64000);
	seal_partial(lab, 1209);
	assert_true(lab_expect(lab, NAT64_6TO4).dont_fragment);

	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	put_tcp(lab, 2, 1, 65535 - 52);
	seal_partial(lab, 1448);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.vnet.gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
	assert_int_equal(shape.vnet.gso_size, 1448); /* kept: the kernel answers when the way is narrower */
	assert_int_equal(shape.vnet.hdr_len, 72);
	assert_int_equal(shape.vnet.csum_start, 40);
	assert_int_equal(shape.length, 65535 + 20);
	lab_close(lab);
}

static void udp_super_packets(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	put_udp(lab, 1, 2, 60000);
	seal_partial(lab, 1200);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.vnet.gso_type, VIRTIO_NET_HDR_GSO_UDP_L4);
	assert_int_equal(shape.vnet.gso_size, 1200);
	assert_int_equal(shape.vnet.hdr_len, 28);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	put_udp(lab, 2, 1, 60000);
	seal_partial(lab, 1452);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.vnet.gso_size, 1452);
	assert_int_equal(shape.vnet.hdr_len, 48);
	lab_close(lab);
}

static void partial_checksums_without_segments(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	seal_partial(lab, 0);
	shape = lab_expect(lab, NAT64_6TO4);
	assert_int_equal(shape.vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(shape.vnet.csum_start, 20);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	put_tcp(lab, 2, 1, 100);
	seal_partial(lab, 0);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(shape.vnet.csum_start, 40);
	assert_int_equal(shape.vnet.csum_offset, 16);
	lab_close(lab);
}

static void data_valid_is_kept(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_UDP);
	put_udp(lab, 1, 2, 100);
	seal(lab);
	set_vnet(lab, (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_DATA_VALID});
	assert_int_equal(lab_expect(lab, NAT64_6TO4).vnet.flags, VIRTIO_NET_HDR_F_DATA_VALID);
	lab_close(lab);
}

/* Linux completes such checksums for senders that ask for it with any protocol. */
static void partial_checksum_of_icmp_is_completed(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_ICMPV6);
	put_icmp(lab, 128, 0, 7);
	put_pattern(lab, 99);
	seal_partial(lab, 0);
	assert_int_equal(lab_expect(lab, NAT64_6TO4).vnet.flags, 0);
	lab_close(lab);
}

/* A super-packet that says nothing of its checksum, as virtio forbids: the field is made a partial one. */
static void super_packets_without_partial_checksum(void **state)
{
	struct lab *lab = lab_open();
	struct virtio_net_hdr vnet;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	put_tcp(lab, 2, 1, 30000);
	seal_partial(lab, 1000);
	vnet = get_vnet(lab);
	vnet.flags = vnet.csum_start = vnet.csum_offset = 0;
	set_vnet(lab, vnet);
	lab->packet[36] = 0x12; /* whatever stood there */
	assert_int_equal(lab_expect(lab, NAT64_4TO6).vnet.gso_size, 1000);
	lab_close(lab);
}

static void odd_headers_are_refused(void **state)
{
	static const struct virtio_net_hdr odd[] = {
		{.flags = 1, .gso_type = 4, .gso_size = 1000, .csum_start = 20, .csum_offset = 16}, /* TCPv6 in IPv4 */
		{.flags = 1, .gso_type = 5, .gso_size = 1000, .csum_start = 20, .csum_offset = 6},  /* UDP is TCP */
		{.flags = 1, .gso_type = 3, .gso_size = 1000, .csum_start = 20, .csum_offset = 16}, /* UFO */
		{.flags = 1, .gso_type = 0x41, .gso_size = 1000, .csum_start = 20, .csum_offset = 16},
		{.flags = 1, .gso_type = 1, .gso_size = 0, .csum_start = 20, .csum_offset = 16},
		{.flags = 1, .gso_type = 1, .gso_size = 1000, .csum_start = 24, .csum_offset = 16},
		{.flags = 1, .gso_type = 1, .gso_size = 1000, .csum_start = 20, .csum_offset = 6},
		{.flags = 1, .csum_start = 65535, .csum_offset = 65535},
		{.flags = 1, .csum_start = 0, .csum_offset = 10}, /* the IP header's own */
		{.flags = 1, .csum_start = 20, .csum_offset = 5000},
	};
	struct lab *lab = lab_open();

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
		put_tcp(lab, 2, 1, 4000);
		seal(lab);
		set_vnet(lab, odd[i]);
		lab_expect_drop(lab, NAT64_REASON_OFFLOAD_HEADER);
	}
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP); /* no fragment is a super-packet */
	put_tcp(lab, 2, 1, 4000);
	set_fragment4(lab, false, true, 0);
	seal_partial(lab, 1000);
	lab_expect_drop(lab, NAT64_REASON_OFFLOAD_HEADER);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_ICMP);
	put_icmp(lab, 0, 0, 7);
	seal(lab);
	set_vnet(lab, (struct virtio_net_hdr){.gso_type = 1, .gso_size = 3});
	lab_expect_drop(lab, NAT64_REASON_OFFLOAD_HEADER);
	lab_close(lab);
}

static void tcp_without_df_is_cut_finer(void **state)
{
	struct lab *lab = lab_open();
	struct packet_shape shape;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	set_fragment4(lab, false, false, 0);
	put_tcp(lab, 2, 1, 50000);
	seal_partial(lab, 1448);
	shape = lab_expect(lab, NAT64_4TO6);
	assert_int_equal(shape.vnet.gso_size, 1280 - 40 - 32);
	assert_int_equal(shape.size, 50032);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	set_fragment4(lab, false, false, 0);
	put_tcp(lab, 2, 1, 50000);
	seal_partial(lab, 1208);
	assert_int_equal(lab_expect(lab, NAT64_4TO6).vnet.gso_size, 1208);
	lab_close(lab);
}

static void super_packets_too_long_for_the_device(void **state)
{
	struct lab *lab = lab_open();

	(void)state;
	lab->context.mtu = 1300;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	put_tcp(lab, 2, 1, 50000);
	seal_partial(lab, 1229);
	lab_expect_error(lab, NAT64_REASON_TOO_BIG, 3, 4, 1280);
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_TCP);
	put_tcp(lab, 2, 1, 50000);
	seal_partial(lab, 1228);
	lab_expect(lab, NAT64_4TO6);
	make_ipv6(lab, CLIENT, SERVER, IPPROTO_TCP); /* fits IPv6, does not fit IPv4 */
	put_tcp(lab, 2, 1, 65516 - 32);
	seal_partial(lab, 1000);
	lab_expect_error(lab, NAT64_REASON_TOO_BIG, 2, 0, 65555);
	lab_close(lab);
}

/* Datagrams of a UDP super-packet without DF: each is told apart, fragmented, and right. */
static void udp_without_df_is_told_apart(void **state)
{
	static uint8_t sent[70000], datagram[70000];
	struct lab *lab = lab_open();
	struct packet_shape shape;
	size_t at = 0, got = 0, count = 0;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 0);
	put_udp(lab, 2, 1, 1252 * 30 + 100);
	seal_partial(lab, 1252);
	memcpy(sent, lab->packet + 28, 1252 * 30 + 100);
	lab_translate(lab);
	assert_int_equal(lab->result.verdict, NAT64_4TO6);
	assert_int_equal(lab->result.count, 61);
	for (size_t i = 0; i < lab->result.count; i++) {
		shape = lab_frame(lab, i, true);
		assert_in_range(shape.length, 0, 1280);
		assert_int_equal(shape.vnet.flags | shape.vnet.gso_type, 0);
		memcpy(datagram + shape.offset, shape.transport, shape.size);
		got = shape.offset + shape.size;
		if (shape.more)
			continue;
		if (shape.is_fragment)
			assert_int_equal(shape.identification, 0x4321 + count);
		assert_int_equal(packet_checksum(&shape, datagram, got), 0);
		assert_int_equal(datagram[4] << 8 | datagram[5], got);
		assert_memory_equal(datagram + 8, sent + at, got - 8);
		at += got - 8;
		count++;
	}
	assert_int_equal(count, 31);
	assert_int_equal(at, 1252 * 30 + 100);
	lab_close(lab);
}

static void partial_checksum_is_completed_before_cutting(void **state)
{
	static uint8_t whole[5000];
	struct lab *lab = lab_open();
	struct packet_shape shape;
	size_t got = 0;

	(void)state;
	make_ipv4(lab, SERVER4, CLIENT4, IPPROTO_UDP);
	set_fragment4(lab, false, false, 0);
	put_udp(lab, 2, 1, 3001);
	seal_partial(lab, 0);
	lab_translate(lab);
	assert_int_equal(lab->result.count, 3);
	for (size_t i = 0; i < lab->result.count; i++) {
		shape = lab_frame(lab, i, true);
		memcpy(whole + shape.offset, shape.transport, shape.size);
		got += shape.size;
	}
	assert_int_equal(got, 3009);
	assert_int_equal(packet_checksum(&shape, whole, got), 0);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_super_packets),
		cmocka_unit_test(udp_super_packets),
		cmocka_unit_test(partial_checksums_without_segments),
		cmocka_unit_test(data_valid_is_kept),
		cmocka_unit_test(partial_checksum_of_icmp_is_completed),
		cmocka_unit_test(super_packets_without_partial_checksum),
		cmocka_unit_test(odd_headers_are_refused),
		cmocka_unit_test(tcp_without_df_is_cut_finer),
		cmocka_unit_test(super_packets_too_long_for_the_device),
		cmocka_unit_test(udp_without_df_is_told_apart),
		cmocka_unit_test(partial_checksum_is_completed_before_cutting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
