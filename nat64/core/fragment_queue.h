/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First fragments of ICMP messages, held until the message's length is known. */
#ifndef NAT64_CORE_FRAGMENT_QUEUE_H
#define NAT64_CORE_FRAGMENT_QUEUE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
