/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker counts. One thread writes, any thread reads; a sum over workers is right for each number by itself. */
#ifndef NAT64_DAEMON_COUNTERS_H
#define NAT64_DAEMON_COUNTERS_H

#include "nat64/core/reason.h"

#include <stddef.h>
#include <stdint.h>

struct counter {
	uint64_t packets; /* a packet with segmentation offload counts as one */
	uint64_t bytes;   /* octets of the IP packets that came in */
};

struct counters {
	struct counter translated_6to4, translated_4to6, hairpin;
	uint64_t echo_replies; /* the translator's own */
	uint64_t icmp_errors;  /* sent */
	uint64_t drops[NAT64_REASON_COUNT];
	uint64_t read_errors, write_errors;
};

static inline void counter_increase(uint64_t *counter, uint64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

static inline void counter_count(struct counter *counter, size_t octets)
{
	counter_increase(&counter->packets, 1);
	counter_increase(&counter->bytes, octets);
}

#endif
