/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pairs of endpoints a worker tells the fast path. */
#ifndef NAT64_DAEMON_LEARNER_H
#define NAT64_DAEMON_LEARNER_H

#include "nat64/daemon/fastpath.h"

#include <stddef.h>
#include <stdint.h>

struct lease;
struct state;

#define LEARNER_SLOTS   4096
#define LEARNER_PENDING 16

/* All zero: nothing seen. */
struct learner {
	struct learner_slot {
		uint32_t hash;   /* of a pair; 0: none */
		uint32_t second; /* in which the fast path was told last; 0: never */
	} slots[LEARNER_SLOTS];
	struct learner_pair {
		struct fastpath_pair pair;
		bool is_to4;
	} pairs[LEARNER_PENDING]; /* that the fast path is to be told */
	unsigned pending;         /* how many of them */
	uint32_t pending_since;   /* in which second the first of them came */
};

/* A packet that nat64d has translated to one packet of the other family, by these settings and leases. */
struct learner_packet {
	const uint8_t *original; /* its first octets, 40 at least of a packet that is so long */
	size_t length;           /* of the original */
	const uint8_t *translated;
	const struct state *state;
	const struct lease *out, *in; /* of the sender and of the receiver, or NULL */
};

/* Have the fast path told of the packet's pair, when the pair was seen before. now: seconds. Inside the read-side section of the state. */
void learner_offer(struct learner *learner, struct fastpath *fastpath, const struct learner_packet *packet, uint32_t now);

/* Tell the fast path now. */
void learner_flush(struct learner *learner, struct fastpath *fastpath);

#endif
