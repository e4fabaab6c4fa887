/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the packet core is given and what it returns. */
#ifndef NAT64_CORE_CONTEXT_H
#define NAT64_CORE_CONTEXT_H

#include "nat64/core/reason.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct conf_settings;
struct nat64_maps;

/* A frame is what a TUN with IFF_VNET_HDR reads and writes: struct virtio_net_hdr (10 octets), then the IP packet. */
#define NAT64_FRAME_MAX 65600 /* octets: the virtio header and the longest IPv6 packet, rounded up */
#define NAT64_HEADROOM  64    /* octets before a frame that the core may write */
#define NAT64_FRAMES    160   /* the most frames that come of one */
#define NAT64_SCRATCH   (NAT64_FRAME_MAX + NAT64_FRAMES * 80)

enum nat64_verdict {
	NAT64_DROP,        /* nothing to send; reason says why */
	NAT64_6TO4,        /* translated to IPv4 */
	NAT64_4TO6,        /* translated to IPv6 */
	NAT64_HAIRPIN,     /* IPv6 to IPv4 and back to IPv6, client to client (RFC 6146 section 3.8) */
	NAT64_REPLY_ECHO,  /* an echo reply of the translator itself */
	NAT64_REPLY_ERROR, /* an ICMP error for reason; the caller limits its rate, and counts a drop either way */
};

struct nat64_result {
	enum nat64_verdict verdict;
	enum nat64_reason reason;          /* NAT64_REASON_NONE when translated */
	unsigned released;                 /* packets, dropped before as _FRAGMENT_HELD, that went out with this one */
	size_t released_octets;            /* of theirs, as they came in */
	size_t count;                      /* frames to write, in order; each by one write */
	struct iovec frames[NAT64_FRAMES]; /* inside the frame's own buffer or the context's scratch */
};

/* First fragments of ICMP messages, held until the message's length is known. */

#define NAT64_FRAGMENT_SLOTS    8
#define NAT64_FRAGMENT_OCTETS   9216 /* for the longest first fragment that is held, and the room before it */
#define NAT64_FRAGMENT_HEADROOM 70   /* octets before its frame; the IP packet 10 octets on is aligned */

/* Which message a fragment belongs to; IPv4 addresses are v4-mapped. */
struct nat64_fragment_key {
	struct in6_addr source;
	struct in6_addr destination;
	uint32_t identification;
};

struct nat64_fragment_slot {
	struct nat64_fragment_key key;
	uint32_t total;  /* octets of the message, 0: not known yet */
	uint32_t length; /* octets of the held frame, 0: none */
	_Alignas(8) uint8_t octets[NAT64_FRAGMENT_OCTETS];
};

/* All zero is empty. The oldest slot is taken over when all are in use: no clock is needed. */
struct nat64_fragment_queue {
	struct nat64_fragment_slot slots[NAT64_FRAGMENT_SLOTS];
	unsigned next;
};

/* Where a slot's held frame begins. */
static inline uint8_t *nat64_fragment_frame(struct nat64_fragment_slot *slot)
{
	return slot->octets + NAT64_FRAGMENT_HEADROOM;
}

/* The caller fills key with random octets (getrandom) once, a thread its own. */
struct nat64_identification {
	uint64_t key[2];
	uint64_t counter;
};

/* What one thread owns; all zero but the first four members is a fresh one. settings and maps may be exchanged
 * between two packets. */
struct nat64_context {
	const struct conf_settings *settings;
	const struct nat64_maps *maps;
	unsigned mtu;                               /* octets, of the device: no packet without offload is longer */
	struct nat64_identification identification; /* seeded by the caller */
	struct nat64_fragment_queue fragments;
	_Alignas(8) uint8_t scratch[NAT64_SCRATCH];
};

#endif
