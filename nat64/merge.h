/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams of one flow that leave the translator as one super-packet. */
#ifndef NAT64_MERGE_H
#define NAT64_MERGE_H

#include "nat64/translate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define NAT64_MERGE_SLOTS 8

/* What waits to be written; all zero is an empty one. */
struct nat64_merge {
	size_t length;    /* octets of the frame so far */
	unsigned count;   /* datagrams in it; 0: it is empty */
	uint16_t segment; /* octets of UDP payload of each, but the last may have fewer */
	bool ended;       /* the last one had fewer */
	_Alignas(8) uint8_t octets[8 + NAT64_FRAME_MAX];
};

enum nat64_merge_kind {
	NAT64_MERGE_NEVER, /* no datagram, nor a fragment of one: it has no order to keep with those that wait */
	NAT64_MERGE_ALONE, /* it goes as it is, after those that wait */
	NAT64_MERGE_FIT,   /* one whole datagram, its checksum right, and short enough for two to fit one packet */
};

/* What a frame (translate.h) of length octets is. */
enum nat64_merge_kind nat64_merge_kind(const uint8_t *frame, size_t length);

/* Which of NAT64_MERGE_SLOTS the flow of a frame that fits belongs to. */
unsigned nat64_merge_slot(const uint8_t *frame);

/* Put a frame that fits behind those that wait. False when it cannot follow them: take them first, then it can. */
bool nat64_merge_add(struct nat64_merge *merge, const uint8_t *frame, size_t length);

/* The frame to write now, good until the next call; of no octets when nothing waits. Nothing waits after it. */
struct iovec nat64_merge_take(struct nat64_merge *merge);

#endif
