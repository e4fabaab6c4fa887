/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of one flow that leave the translator as one super-packet. */
#ifndef NAT64_CORE_MERGE_H
#define NAT64_CORE_MERGE_H

#include "nat64/core/translate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define NAT64_MERGE_SLOTS 8
#define NAT64_MERGE_ANY   NAT64_MERGE_SLOTS       /* a fragment: nobody can tell */
#define NAT64_MERGE_NONE  (NAT64_MERGE_SLOTS + 1) /* no order to keep with those that wait */

/* What a frame (translate.h) is to those that wait. */
struct nat64_segment {
	const uint8_t *frame;
	size_t length;
	bool fits;        /* it may wait for others, or follow them: nat64_merge_add */
	uint8_t protocol; /* IPPROTO_* */
	unsigned slot;    /* of its flow, below NAT64_MERGE_SLOTS; or one of the two above */
	uint16_t header;  /* octets of the IP header */
	uint16_t before;  /* octets of the frame before what it carries */
};

/* What waits to be written; all zero is an empty one. */
struct nat64_merge {
	size_t length;    /* octets of the frame so far */
	unsigned count;   /* segments in it; 0: it is empty */
	uint16_t segment; /* octets that each carries, but the last may carry fewer */
	bool ended;       /* nothing may follow the last one */
	struct nat64_segment first;
	_Alignas(8) uint8_t octets[8 + NAT64_FRAME_MAX];
};

/* Look at a frame. It fits when it is one segment of data or, with datagrams (the kernel can cut them), one whole datagram,
 * without IP options or extension headers, its checksum right, and short enough for two to fit one packet. */
struct nat64_segment nat64_merge_compare(const uint8_t *frame, size_t length, bool datagrams);

/* Put a segment that fits behind those that wait. False when it cannot follow them: take them first, then it can. */
bool nat64_merge_add(struct nat64_merge *merge, const struct nat64_segment *segment);

/* The frame to write now, good until the next call; of no octets when nothing waits. Nothing waits after it. */
struct iovec nat64_merge_append(struct nat64_merge *merge);

#endif
