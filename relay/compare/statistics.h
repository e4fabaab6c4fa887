/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the round trips of one name amount to. */
#ifndef RELAY_COMPARE_STATISTICS_H
#define RELAY_COMPARE_STATISTICS_H

#include <stdint.h>

enum { RELAY_COMPARE_ROUNDS_MAX = 1000 };

#define RELAY_COMPARE_NO_REPLY UINT32_MAX

struct relay_compare_statistics {
	unsigned sent, received;
	double loss;           /* 0 to 1 */
	double p50_ms, p95_ms; /* percentiles of the replies, by the nearest rank; below 0: no reply */
	double jitter_ms; /* the mean difference between a reply and the reply before it; below 0: fewer than two */
};

/* times_us: a round trip each in microseconds, in the order of sending, or RELAY_COMPARE_NO_REPLY; sent is at most RELAY_COMPARE_ROUNDS_MAX. */
struct relay_compare_statistics relay_compare_statistics_of(const uint32_t *times_us, unsigned sent);

#endif
