/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The independent reader: octet by octet, from the RFCs, without a struct of any header. */
#include "packet-check.h"

#include <arpa/inet.h>
#include <string.h>

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static uint32_t add(uint32_t sum, const uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static uint32_t pseudo(const struct packet_shape *shape, size_t size)
{
	uint32_t sum;

	if (shape->version == 4 && shape->protocol == 1)
		return 0;
	sum = shape->version == 4 ? add(0, shape->ip + 12, 8) : add(0, shape->ip + 8, 32);
	sum += (uint32_t)(size >> 16) + (size & 0xffff) + shape->protocol;
	return (sum & 0xffff) + (sum >> 16);
}

uint16_t packet_checksum(const struct packet_shape *shape, const uint8_t *transport, size_t size)
{
	uint32_t sum = pseudo(shape, size);

	sum = add(sum, transport, size);
	return (uint16_t)~sum;
}

static const char *read4(struct packet_shape *shape, bool quoted)
{
	const uint8_t *ip = shape->ip;
	size_t total;

	if (shape->length < 20)
		return "IPv4 header cut off";
	shape->header = (ip[0] & 15) * 4U;
	total = get16(ip + 2);
	if (shape->header < 20 || shape->header > shape->length || total < shape->header)
		return "IPv4 header length";
	if (quoted ? total < shape->length : total != shape->length)
		return "IPv4 total length";
	if (add(0, ip, shape->header) != 0xffff)
		return "IPv4 header checksum";
	shape->traffic_class = ip[1];
	shape->identification = get16(ip + 4);
	shape->dont_fragment = ip[6] & 0x40;
	shape->more = ip[6] & 0x20;
	shape->offset = (get16(ip + 6) & 0x1fff) * 8;
	shape->is_fragment = shape->more || shape->offset;
	shape->hop_limit = ip[8];
	shape->protocol = ip[9];
	inet_ntop(AF_INET, ip + 12, shape->source, sizeof(shape->source));
	inet_ntop(AF_INET, ip + 16, shape->destination, sizeof(shape->destination));
	return ip[6] & 0x80 ? "IPv4 reserved flag" : NULL;
}

static const char *read6(struct packet_shape *shape, bool quoted)
{
	const uint8_t *ip = shape->ip;
	size_t total;

	if (shape->length < 40)
		return "IPv6 header cut off";
	total = 40 + get16(ip + 4);
	if (quoted ? total < shape->length : total != shape->length)
		return "IPv6 payload length";
	shape->header = 40;
	shape->traffic_class = (get16(ip) >> 4) & 0xff;
	shape->protocol = ip[6];
	shape->hop_limit = ip[7];
	inet_ntop(AF_INET6, ip + 8, shape->source, sizeof(shape->source));
	inet_ntop(AF_INET6, ip + 24, shape->destination, sizeof(shape->destination));
	if (shape->protocol != 44)
		return NULL;
	if (shape->length < 48)
		return "Fragment header cut off";
	shape->header = 48;
	shape->has_fragment_header = shape->is_fragment = true;
	shape->protocol = ip[40];
	shape->offset = get16(ip + 42) & 0xfff8;
	shape->more = ip[43] & 1;
	shape->identification = get32(ip + 44);
	return ip[43] & 6 || ip[41] ? "Fragment header reserved bits" : NULL;
}

static const char *read_packet(const uint8_t *ip, size_t length, bool quoted, struct packet_shape *shape)
{
	const char *error;

	shape->ip = ip;
	shape->length = length;
	shape->version = length ? ip[0] >> 4 : 0;
	if (shape->version != 4 && shape->version != 6)
		return "IP version";
	error = shape->version == 4 ? read4(shape, quoted) : read6(shape, quoted);
	if (error)
		return error;
	shape->transport = ip + shape->header;
	shape->size = length - shape->header;
	if (shape->more && !quoted && shape->size % 8)
		return "fragment of uneven length";
	return shape->offset + shape->size > 65515 && shape->is_fragment ? "fragment beyond the end" : NULL;
}

/* A checksum that the kernel is to complete: the pseudo-header's sum, where csum_start and csum_offset say. */
static const char *check_partial(const struct packet_shape *shape, bool checksums)
{
	size_t offset = shape->protocol == 6 ? 16 : 6;
	uint32_t sum = pseudo(shape, shape->size);

	if (shape->protocol != 6 && shape->protocol != 17)
		return "partial checksum of no TCP or UDP";
	if (shape->is_fragment)
		return "partial checksum of a fragment";
	if (shape->vnet.csum_start != shape->header || shape->vnet.csum_offset != offset)
		return "csum_start or csum_offset";
	if (shape->size < offset + 2)
		return "partial checksum beyond the end";
	return checksums && get16(shape->transport + offset) != sum ? "partial checksum" : NULL;
}

static const char *check_vnet(const struct packet_shape *shape, bool checksums)
{
	const struct virtio_net_hdr *vnet = &shape->vnet;
	unsigned type = vnet->gso_type & ~0x80U, tcp = shape->version == 4 ? 1 : 4;
	size_t header;

	if (type && !(vnet->flags & 1))
		return "super-packet without NEEDS_CSUM";
	if (!type)
		return vnet->flags & 1 ? check_partial(shape, checksums) : NULL;
	if (!vnet->gso_size)
		return "gso_size is zero";
	if (shape->protocol == 6 ? type != tcp : shape->protocol == 17 ? vnet->gso_type != 5 : true)
		return "gso_type";
	if (shape->size < (shape->protocol == 6 ? 20 : 8))
		return "segments without a transport header";
	header = shape->header + (shape->protocol == 6 ? (size_t)(shape->transport[12] >> 4) * 4 : 8);
	if (vnet->hdr_len != header)
		return "hdr_len";
	return check_partial(shape, checksums);
}

/* Transport checksums of whole packets. */
static const char *check_transport(const struct packet_shape *shape)
{
	size_t size = shape->size;

	if (shape->protocol == 17 && size >= 8) {
		if (!get16(shape->transport + 6))
			return shape->version == 4 ? NULL : "UDP checksum zero in IPv6";
		size = get16(shape->transport + 4);
		if (size > shape->size)
			return "UDP length";
	} else if (shape->protocol != 6 && shape->protocol != 1 && shape->protocol != 58)
		return NULL;
	return packet_checksum(shape, shape->transport, size) ? "transport checksum" : NULL;
}

const char *packet_check(const uint8_t *frame, size_t length, bool checksums, struct packet_shape *shape)
{
	const char *error;

	memset(shape, 0, sizeof(*shape));
	if (length < sizeof(shape->vnet))
		return "virtio header cut off";
	memcpy(&shape->vnet, frame, sizeof(shape->vnet));
	error = read_packet(frame + sizeof(shape->vnet), length - sizeof(shape->vnet), false, shape);
	if (!error)
		error = check_vnet(shape, checksums);
	if (error || !checksums || shape->is_fragment || shape->vnet.flags & 1)
		return error;
	return check_transport(shape);
}

const char *packet_check_quote(const uint8_t *ip, size_t length, struct packet_shape *shape)
{
	memset(shape, 0, sizeof(*shape));
	return read_packet(ip, length, true, shape);
}
