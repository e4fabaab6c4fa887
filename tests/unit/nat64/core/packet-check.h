/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An independent reader of frames: shares no code with the translator, and believes no length and no checksum. */
#ifndef TESTS_PACKET_CHECK_H
#define TESTS_PACKET_CHECK_H

#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a frame says once it has been read. */
struct packet_shape {
	struct virtio_net_hdr vnet;
	int version;
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	unsigned hop_limit, traffic_class, protocol;
	bool is_fragment, more, dont_fragment, has_fragment_header;
	uint32_t identification, offset;
	size_t header;     /* octets before the transport */
	const uint8_t *ip; /* the IP header */
	size_t length;     /* octets of the IP packet */
	const uint8_t *transport;
	size_t size; /* octets of transport */
};

/* Read a frame of length octets (virtio header first). checksums: also hold transport checksums against the packet;
 * a fragment has none that can be checked. NULL, or what is wrong. */
const char *packet_check(const uint8_t *frame, size_t length, bool checksums, struct packet_shape *shape);

/* Read an IP packet that an ICMP error quotes: it may be cut off. */
const char *packet_check_quote(const uint8_t *ip, size_t length, struct packet_shape *shape);

/* RFC 1071, an octet pair at a time, in host order; 0 when a packet with its checksum in place is right. */
uint16_t packet_checksum(const struct packet_shape *shape, const uint8_t *transport, size_t size);

#endif
