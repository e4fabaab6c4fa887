/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which queue a flow belongs to.
 *
 * The kernel hands the packets of a flow to the queue that last wrote one of that flow, and knows nothing of the flow on the
 * other side of the translator. On a path without delay an answer is already queued before the kernel has noted who
 * wrote the question: then question and answer swap two queues for good, each packet wakes another thread, and the
 * fragments of one message can end up with two of them. So every packet is written to the queue of its flow, which is
 * worked out here from the IPv4 side: from what was read on the way to clients, from what is written on the way to targets.
 *
 * A new flow, and one that was silent for three seconds, begins on the queue that the kernel's own hash picks, and moves to its own with
 * the first answer. What a burst before that has left in the first queue can then be overtaken, once: the kernel's hash has a key
 * that we do not know, so that its pick cannot be foreseen.
 *
 * The hash is the exclusive or of both ends, so that both directions agree, spread by Fibonacci hashing.
 */
#include "nat64/flow.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>

unsigned nat64_flow_queue(const uint8_t *packet, size_t length, unsigned count, unsigned other)
{
	struct ip header;
	if (length < sizeof(header) || packet[0] >> 4 != 4)
		return other;
	memcpy(&header, packet, sizeof(header));

	uint32_t ends = header.ip_src.s_addr ^ header.ip_dst.s_addr;
	size_t transport = header.ip_hl * 4u;
	uint16_t ports[2];
	if ((header.ip_p == IPPROTO_TCP || header.ip_p == IPPROTO_UDP) && !(header.ip_off & htons(IP_MF | IP_OFFMASK)) &&
	    length >= transport + sizeof(ports)) {
		memcpy(ports, packet + transport, sizeof(ports));
		ends ^= (uint32_t)(ports[0] ^ ports[1]) << 16 | header.ip_p;
	}
	uint32_t spread = ntohl(ends) * UINT32_C(2654435769); /* 2^32 over the golden ratio */
	return (unsigned)((uint64_t)spread * count >> 32);
}
