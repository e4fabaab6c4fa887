/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which queue of the TUN device a packet is handed to. */
#ifndef KERNEL_QUEUE_SELECTOR_H
#define KERNEL_QUEUE_SELECTOR_H

#include <stdint.h>

/*
 * Have the device that a queue belongs to hand each packet out by kernel_queue_selector_hash, for as long as the device exists. 0, or -1 with
 * errno: EPERM without CAP_BPF and the like. The device then deals its packets out as it did before.
 */
int kernel_queue_selector(int queue);

/*
 * What a packet's queue is counted by: this modulo the number of queues. protocol: IPPROTO_TCP or IPPROTO_UDP; ports in host
 * order. The two directions agree. Every other packet, and every fragment, has 0.
 */
static inline uint16_t kernel_queue_selector_hash(uint8_t protocol, uint16_t source, uint16_t destination)
{
	uint32_t sum = (uint32_t)source + destination;

	return (uint16_t)((sum << 8 | protocol) * UINT32_C(2654435761) >> 16); /* 2^32 over the golden ratio */
}

#endif
