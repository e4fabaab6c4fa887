/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loss, percentiles and jitter. A percentile is a value that was measured (nearest rank), never one between two. */
#include "relay/compare/statistics.h"

#include <stdlib.h>
#include <string.h>

static int time_compare(const void *a, const void *b)
{
	uint32_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return (left > right) - (left < right);
}

/* The least value that percent of the count values do not exceed. */
static double percentile_ms(const uint32_t *sorted, unsigned count, unsigned percent)
{
	return count > 0 ? sorted[(count * percent + 99) / 100 - 1] / 1000.0 : -1;
}

struct relay_compare_statistics relay_compare_statistics_of(const uint32_t *times_us, unsigned sent)
{
	struct relay_compare_statistics statistics = {.sent = sent, .jitter_ms = -1};
	uint32_t replies[RELAY_COMPARE_ROUNDS_MAX] = {0};
	double differences = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < sent; i++) {
		if (times_us[i] == RELAY_COMPARE_NO_REPLY)
			continue;
		if (count > 0)
			differences += abs((int)(times_us[i] - replies[count - 1]));
		replies[count++] = times_us[i];
	}
	if (count > 1)
		statistics.jitter_ms = differences / (count - 1) / 1000;
	qsort(replies, count, sizeof(replies[0]), time_compare);
	statistics.received = count;
	statistics.loss = sent > 0 ? (double)(sent - count) / sent : 0;
	statistics.p50_ms = percentile_ms(replies, count, 50);
	statistics.p95_ms = percentile_ms(replies, count, 95);
	return statistics;
}
