/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First fragments of ICMP messages, held until the message's length is known. */
#ifndef NAT64_HOLD_H
#define NAT64_HOLD_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define NAT64_HOLD_SLOTS 8
#define NAT64_HOLD_OCTETS 9216 /* the longest first fragment that is held, its virtio header included */

/* Which message a fragment belongs to; IPv4 addresses are v4-mapped. */
struct nat64_hold_key {
	struct in6_addr source;
	struct in6_addr destination;
	uint32_t identification;
};

struct nat64_hold_slot {
	struct nat64_hold_key key;
	uint32_t total;  /* octets of the message, 0: not known yet */
	uint32_t length; /* octets of the held frame, 0: none */
	_Alignas(8) uint8_t octets[NAT64_HOLD_OCTETS];
};

/* All zero is empty. The oldest slot is taken over when all are in use: no clock is needed. */
struct nat64_hold {
	struct nat64_hold_slot slots[NAT64_HOLD_SLOTS];
	unsigned next;
};

#endif
