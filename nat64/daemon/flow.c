/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which queue a flow belongs to.
 *
 * The kernel asks a program of ours for it (kernel/queue_selector.c). Where it has none, it hands the packets of a flow to the queue that
 * last wrote one of that flow, and knows nothing of the flow on the other side of the translator. On a path without delay an
 * answer is already queued before the kernel has noted who wrote the question: then question and answer swap two queues for
 * good, and each packet wakes another thread. So every packet is written to the queue of its flow, which is worked out here
 * from the IPv4 side, by the same rule: from what was read on the way to clients, from what is written on the way to targets.
 *
 * Without the program a new flow, and one that was silent for three seconds, begins on the queue that the kernel's own hash picks,
 * and moves to its own with the first answer. What a burst before that has left in the first queue can then be overtaken, once.
 */
#include "nat64/daemon/flow.h"

#include "kernel/queue_selector.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>

unsigned nat64d_flow_queue(const uint8_t *packet, size_t length, unsigned count, unsigned other)
{
	struct ip header;
	uint16_t ports[2];
	size_t transport;

	if (length < sizeof(header) || packet[0] >> 4 != 4)
		return other;
	memcpy(&header, packet, sizeof(header));
	transport = header.ip_hl * 4u;
	if ((header.ip_p != IPPROTO_TCP && header.ip_p != IPPROTO_UDP) || header.ip_off & htons(IP_MF | IP_OFFMASK) ||
	    length < transport + sizeof(ports))
		return 0;
	memcpy(ports, packet + transport, sizeof(ports));
	return kernel_queue_selector_hash(header.ip_p, ntohs(ports[0]), ntohs(ports[1])) % count;
}
