/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets, header by header, and the checksums that complete them. */
#include <setjmp.h>
#include <stdarg.h>

#include "packet-lab.h"

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

struct in6_addr address6(const char *text)
{
	struct in6_addr address;

	assert_int_equal(inet_pton(AF_INET6, text, &address), 1);
	return address;
}

struct in_addr address4(const char *text)
{
	return (struct in_addr){inet_addr(text)};
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void begin(struct lab *lab, size_t header)
{
	memset(lab->frame, 0, sizeof(struct virtio_net_hdr) + header);
	lab->length = header;
}

static void set_length(struct lab *lab)
{
	if (lab->packet[0] >> 4 == 4)
		put16(lab->packet + 2, lab->length);
	else
		put16(lab->packet + 4, lab->length - 40);
}

void make_ipv6(struct lab *lab, const char *source, const char *destination, unsigned next_header)
{
	struct in6_addr from = address6(source), to = address6(destination);

	begin(lab, 40);
	lab->packet[0] = 0x6b; /* traffic class 0xb8, flow label 0x12345 */
	lab->packet[1] = 0x81;
	put16(lab->packet + 2, 0x2345);
	lab->packet[6] = (uint8_t)next_header;
	lab->packet[7] = 61;
	memcpy(lab->packet + 8, &from, sizeof(from));
	memcpy(lab->packet + 24, &to, sizeof(to));
}

void make_ipv4(struct lab *lab, const char *source, const char *destination, unsigned protocol)
{
	struct in_addr from = address4(source), to = address4(destination);

	begin(lab, 20);
	lab->packet[0] = 0x45;
	lab->packet[1] = 0xb8;
	put16(lab->packet + 4, 0x4321);
	lab->packet[6] = 0x40;
	lab->packet[8] = 61;
	lab->packet[9] = (uint8_t)protocol;
	memcpy(lab->packet + 12, &from, sizeof(from));
	memcpy(lab->packet + 16, &to, sizeof(to));
	set_length(lab);
}

void set_fragment4(struct lab *lab, bool dont_fragment, bool more, unsigned offset)
{
	put16(lab->packet + 6, offset / 8);
	lab->packet[6] |= (uint8_t)((dont_fragment ? 0x40 : 0) | (more ? 0x20 : 0));
}

void put(struct lab *lab, const void *octets, size_t size)
{
	assert_true(lab->length + size <= NAT64_FRAME_MAX - sizeof(struct virtio_net_hdr));
	memcpy(lab->packet + lab->length, octets, size);
	lab->length += size;
	set_length(lab);
}

void put_pattern(struct lab *lab, size_t size)
{
	for (size_t i = 0; i < size; i++)
		lab->packet[lab->length + i] = (uint8_t)(i * 7 + i / 251);
	lab->length += size;
	set_length(lab);
}

void put_udp(struct lab *lab, unsigned source, unsigned destination, size_t data)
{
	uint8_t header[8] = {0};

	put16(header, source);
	put16(header + 2, destination);
	put16(header + 4, sizeof(header) + data);
	put(lab, header, sizeof(header));
	put_pattern(lab, data);
}

void put_tcp(struct lab *lab, unsigned source, unsigned destination, size_t data)
{
	uint8_t header[32] = {
		[4] = 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x18, 0x20, 0x00, [20] = 1, 1, 8, 10, 9, 9, 9, 9, 8, 8, 8, 8};

	put16(header, source);
	put16(header + 2, destination);
	put(lab, header, sizeof(header));
	put_pattern(lab, data);
}

void put_icmp(struct lab *lab, unsigned type, unsigned code, uint32_t word)
{
	uint8_t header[8] = {(uint8_t)type, (uint8_t)code};

	put16(header + 4, word >> 16);
	put16(header + 6, word);
	put(lab, header, sizeof(header));
}

void put_extension(struct lab *lab, unsigned next_header, const uint8_t *body, size_t size)
{
	uint8_t header[2] = {(uint8_t)next_header, (uint8_t)((size + 2) / 8 - 1)};

	put(lab, header, sizeof(header));
	put(lab, body, size);
}

void put_fragment(struct lab *lab, unsigned next_header, unsigned offset, bool more, uint32_t identification)
{
	uint8_t header[8] = {(uint8_t)next_header};

	put16(header + 2, offset | more);
	put16(header + 4, identification >> 16);
	put16(header + 6, identification);
	put(lab, header, sizeof(header));
}

void seal_ipv4(struct lab *lab)
{
	uint32_t sum = 0;

	if (lab->packet[0] >> 4 != 4)
		return;
	put16(lab->packet + 10, 0);
	for (size_t i = 0; i < (lab->packet[0] & 15) * 4U; i += 2)
		sum += (uint32_t)lab->packet[i] << 8 | lab->packet[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(lab->packet + 10, (uint16_t) ~(sum + (sum >> 16)));
}

/* The transport and where its checksum is; NULL when it has none. Walks whatever extension headers there are. */
static uint8_t *find_checksum(struct lab *lab, struct packet_shape *shape)
{
	size_t at = 40, offset;

	*shape = (struct packet_shape){.version = lab->packet[0] >> 4, .ip = lab->packet};
	shape->protocol = shape->version == 4 ? lab->packet[9] : lab->packet[6];
	if (shape->version == 4)
		at = (lab->packet[0] & 15) * 4U;
	while (shape->version == 6 &&
	       (shape->protocol == 0 || shape->protocol == 43 || shape->protocol == 44 || shape->protocol == 60)) {
		size_t size = shape->protocol == 44 ? 8 : (lab->packet[at + 1] + 1U) * 8;

		shape->protocol = lab->packet[at];
		at += size;
	}
	offset = shape->protocol == 6 ? 16 : shape->protocol == 17 ? 6 : 2;
	shape->header = at;
	shape->transport = lab->packet + at;
	shape->size = lab->length - at;
	if (shape->protocol != 6 && shape->protocol != 17 && shape->protocol != 1 && shape->protocol != 58)
		return NULL;
	return shape->size >= offset + 2 ? lab->packet + at + offset : NULL;
}

void seal(struct lab *lab)
{
	struct packet_shape shape;
	uint8_t *at = find_checksum(lab, &shape);
	uint16_t checksum;

	seal_ipv4(lab);
	if (!at)
		return;
	put16(at, 0);
	checksum = packet_checksum(&shape, shape.transport, shape.size);
	put16(at, checksum || shape.protocol != 17 ? checksum : 0xffff);
}

void seal_partial(struct lab *lab, uint16_t segment)
{
	struct packet_shape shape;
	uint8_t *at = find_checksum(lab, &shape);
	struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = (uint16_t)shape.header};
	uint32_t sum;

	seal_ipv4(lab);
	vnet.csum_offset = (uint16_t)(at - shape.transport);
	if (segment) {
		vnet.gso_size = segment;
		vnet.gso_type = shape.protocol == 17 ? 5 : shape.version == 4 ? 1 : 4;
		vnet.hdr_len = (uint16_t)(shape.header + (shape.protocol == 17 ? 8 : 32));
	}
	sum = (uint16_t)~packet_checksum(&shape, shape.transport, 0);
	sum += (uint32_t)(shape.size >> 16) + (shape.size & 0xffff);
	put16(at, (sum & 0xffff) + (sum >> 16));
	memcpy(lab->frame, &vnet, sizeof(vnet));
}

size_t save(const struct lab *lab, uint8_t *to, size_t size)
{
	if (size > lab->length)
		size = lab->length;
	memcpy(to, lab->packet, size);
	return size;
}

void try6(struct lab *lab, const char *source, const char *destination)
{
	make_ipv6(lab, source, destination, IPPROTO_UDP);
	put_udp(lab, 1, 2, 3);
	seal(lab);
}

void try4(struct lab *lab, const char *source, const char *destination)
{
	make_ipv4(lab, source, destination, IPPROTO_UDP);
	put_udp(lab, 1, 2, 3);
	seal(lab);
}
