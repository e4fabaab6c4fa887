/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One of each kind of packet that is not plain, between endpoints that the program in the kernel knows. */
#include <setjmp.h>
#include <stdarg.h>

#include "odd-packets.h"

#include "tests/unit/nat64/core/packet-lab.h"

#include <cmocka.h>

#include <string.h>

void make_ends(struct lab *lab, bool is6, unsigned protocol)
{
	if (is6)
		make_ipv6(lab, CLIENT, SERVER, protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : protocol);
	else
		make_ipv4(lab, SERVER4, CLIENT4, protocol);
}

static void put_body(struct lab *lab, unsigned protocol)
{
	if (protocol == IPPROTO_TCP)
		put_tcp(lab, 1, 2, 30);
	else if (protocol == IPPROTO_UDP)
		put_udp(lab, 1, 2, 30);
	else {
		put_icmp(lab, lab->packet[0] >> 4 == 6 ? 128 : 8, 0, 5);
		put_pattern(lab, 30);
	}
}

uint8_t *make_whole(struct lab *lab, bool is6, unsigned protocol)
{
	make_ends(lab, is6, protocol);
	put_body(lab, protocol);
	return lab->packet + (is6 ? 40 : 20);
}

static void odd_extension(struct lab *lab, bool is6)
{
	static const uint8_t kinds[] = {IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING}, padding[6] = {1, 4},
			     none[6] = {0};
	uint8_t kind = kinds[below(3)];

	if (!is6) { /* an end of options, and TCP that looks whole four octets too early */
		make_ends(lab, false, IPPROTO_TCP);
		put(lab, (const uint8_t[4]){0}, 4);
		lab->packet[0] = 0x46;
		put_body(lab, IPPROTO_TCP);
		lab->packet[24 + 8] = 0x50;
		seal(lab);
		return;
	}
	make_ends(lab, true, kind);
	put_extension(lab, IPPROTO_UDP, kind == IPPROTO_ROUTING ? none : padding, sizeof(padding));
	put_body(lab, IPPROTO_UDP);
	seal(lab);
}

static void odd_fragment(struct lab *lab, bool is6)
{
	unsigned offset = below(2) ? 8 * (1 + below(100)) : 0;
	unsigned protocol = below(2) ? IPPROTO_UDP : IPPROTO_TCP;
	bool more = !offset || below(2);

	make_ends(lab, is6, is6 ? IPPROTO_FRAGMENT : protocol);
	if (is6)
		put_fragment(lab, protocol, offset, more, (uint32_t)random());
	else
		set_fragment4(lab, below(2), more, offset);
	put_body(lab, protocol);
	seal(lab);
}

static void odd_atomic_fragment(struct lab *lab, bool is6)
{
	make_ends(lab, true, IPPROTO_FRAGMENT);
	put_fragment(lab, IPPROTO_UDP, 0, false, 7);
	put_body(lab, IPPROTO_UDP);
	seal(lab);
	(void)is6;
}

static void odd_udp_without_checksum(struct lab *lab, bool is6)
{
	uint8_t *udp = make_whole(lab, is6, IPPROTO_UDP);

	seal(lab);
	udp[6] = udp[7] = 0;
}

static void odd_udp_length(struct lab *lab, bool is6)
{
	uint8_t *udp = make_whole(lab, is6, IPPROTO_UDP);

	udp[5] = (uint8_t)(udp[5] + (below(2) ? 1 : -1));
	seal(lab);
}

static void odd_tcp_header(struct lab *lab, bool is6)
{
	uint8_t *tcp = make_whole(lab, is6, IPPROTO_TCP);

	put_pattern(lab, below(2));
	tcp[12] = (uint8_t)(below(2) ? below(5) << 4 : 0xf0);
	if (tcp[12] == 0xf0) { /* longer than what is there */
		lab->length = (size_t)(tcp - lab->packet) + 20 + below(40);
		put(lab, "", 0);
	}
	seal(lab);
}

static void odd_cut_off(struct lab *lab, bool is6)
{
	static const struct {
		unsigned protocol, least;
	} kinds[] = {{IPPROTO_TCP, 20}, {IPPROTO_UDP, 8}, {IPPROTO_ICMP, 8}};
	unsigned kind = below(3);
	uint8_t *transport = make_whole(lab, is6, kinds[kind].protocol);

	lab->length = (size_t)(transport - lab->packet) + below(kinds[kind].least);
	put(lab, "", 0);
	seal(lab);
}

static void odd_total_length(struct lab *lab, bool is6)
{
	uint8_t *field = (make_whole(lab, is6, IPPROTO_UDP), lab->packet + (is6 ? 5 : 3));

	seal(lab);
	*field = (uint8_t)(*field + (below(2) ? 1 + below(8) : 0U - 1 - below(8)));
	seal_ipv4(lab);
}

static void odd_protocol(struct lab *lab, bool is6)
{
	static const uint8_t protocols[] = {0, 2, 4, 33, 41, 47, 50, 51, 59, 89, 132, 136, 255};

	make_ends(lab, is6, protocols[below(sizeof(protocols))]);
	put_pattern(lab, 40 + below(40));
	seal_ipv4(lab);
}

/* ICMP in IPv6, ICMPv6 in IPv4. */
static void odd_family(struct lab *lab, bool is6)
{
	make_whole(lab, is6, IPPROTO_ICMP);
	lab->packet[is6 ? 6 : 9] = is6 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	seal(lab);
}

static void odd_icmp_type(struct lab *lab, bool is6)
{
	uint8_t *icmp = make_whole(lab, is6, IPPROTO_ICMP);

	if (below(2))
		icmp[1] = (uint8_t)(1 + below(255));
	else
		do
			icmp[0] = (uint8_t)below(256);
		while (is6 ? icmp[0] == 128 || icmp[0] == 129 : icmp[0] == 0 || icmp[0] == 8);
	seal(lab);
}

/* The whole of an error: about a packet that really went the other way. */
static void odd_icmp_error(struct lab *lab, bool is6)
{
	uint8_t quote[80];
	size_t size;

	if (is6)
		make_ipv6(lab, SERVER, CLIENT, IPPROTO_UDP);
	else
		make_ipv4(lab, CLIENT4, SERVER4, IPPROTO_UDP);
	put_body(lab, IPPROTO_UDP);
	seal(lab);
	size = save(lab, quote, sizeof(quote));
	make_ends(lab, is6, IPPROTO_ICMP);
	put_icmp(lab, is6 ? 1 : 3, is6 ? 4 : 3, 0);
	put(lab, quote, size);
	seal(lab);
}

static void odd_version(struct lab *lab, bool is6)
{
	make_whole(lab, is6, IPPROTO_UDP);
	seal(lab);
	lab->packet[0] ^= 0x10;
}

/* An IPv4 header that is shorter than one, with the checksum of so few octets. */
static void odd_header_length(struct lab *lab, bool is6)
{
	make_whole(lab, false, IPPROTO_UDP);
	lab->packet[0] = (uint8_t)(0x40 | below(5));
	seal(lab);
	(void)is6;
}

static void odd_endpoints(struct lab *lab, bool is6)
{
	static const char *pairs6[][2] = {{OTHER, SERVER},  {CLIENT, "fd64::c633:6408"}, {SERVER, CLIENT},
					  {"::1", SERVER},  {CLIENT, "fd64::7f00:1"},    {CLIENT, OWN},
					  {CLIENT, CLIENT}, {"ff02::1", SERVER}};
	static const char *pairs4[][2] = {{SERVER4, OTHER4},      {"198.51.100.8", CLIENT4},   {CLIENT4, SERVER4},
					  {"127.0.0.1", CLIENT4}, {SERVER4, "224.0.0.1"},      {SERVER4, OWN4},
					  {CLIENT4, CLIENT4},     {"255.255.255.255", CLIENT4}};
	unsigned pair = below(8);

	if (is6)
		make_ipv6(lab, pairs6[pair][0], pairs6[pair][1], IPPROTO_UDP);
	else
		make_ipv4(lab, pairs4[pair][0], pairs4[pair][1], IPPROTO_UDP);
	put_body(lab, IPPROTO_UDP);
	seal(lab);
}

/* Cut anywhere, also in the IP header. */
static void odd_few_octets(struct lab *lab, bool is6)
{
	make_whole(lab, is6, IPPROTO_TCP);
	seal(lab);
	lab->length = 1 + below((unsigned)lab->length - 1);
}

static void set_partial(struct lab *lab, size_t start, unsigned offset)
{
	struct virtio_net_hdr vnet = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = (uint16_t)start, .csum_offset = (uint16_t)offset};

	memcpy(lab->frame, &vnet, sizeof(vnet));
}

/* As a tunnel makes it: its own checksum is complete, that of the packet inside is not. */
static void odd_partial_inside(struct lab *lab, bool is6)
{
	bool is_tcp = below(2);
	size_t start;

	make_ends(lab, is6, is_tcp ? IPPROTO_TCP : IPPROTO_UDP);
	start = lab->length + 20 + 2 * below(20);
	if (is_tcp)
		put_tcp(lab, 1, 2, 80 + below(1000));
	else
		put_udp(lab, 1, 2, 80 + below(1000));
	seal(lab);
	set_partial(lab, start, below(2) ? 6 : 16);
}

static void odd_partial_echo(struct lab *lab, bool is6)
{
	size_t start = (size_t)(make_whole(lab, is6, IPPROTO_ICMP) - lab->packet);

	seal(lab);
	memset(lab->packet + start + 2, (int)below(256), 2);
	set_partial(lab, start, 2);
}

/* A super-packet with the checksum of its first segment, as in a list of packets. */
static void odd_list(struct lab *lab, bool is6)
{
	make_ends(lab, is6, IPPROTO_TCP);
	put_tcp(lab, 1, 2, 3000 + below(20000));
	seal_partial(lab, (uint16_t)(500 + below(900)));
	lab->packet[(is6 ? 40 : 20) + 16 + below(2)] ^= (uint8_t)(1 + below(254));
}

const struct odd_kind odd_kinds[ODD_KINDS] = {
	{"options or extension headers", odd_extension},
	{"a fragment", odd_fragment},
	{"an atomic fragment", odd_atomic_fragment},
	{"UDP without a checksum", odd_udp_without_checksum},
	{"the length of UDP", odd_udp_length},
	{"the length of the header of TCP", odd_tcp_header},
	{"a transport that is cut off", odd_cut_off},
	{"the length of the packet", odd_total_length},
	{"another protocol", odd_protocol},
	{"the ICMP of the other family", odd_family},
	{"another type of ICMP", odd_icmp_type},
	{"an ICMP error", odd_icmp_error},
	{"the other version", odd_version},
	{"a short IPv4 header", odd_header_length},
	{"other endpoints", odd_endpoints},
	{"few octets", odd_few_octets},
	{"a partial checksum of a packet inside", odd_partial_inside},
	{"a partial checksum of an echo", odd_partial_echo},
	{"a list of packets", odd_list},
};
