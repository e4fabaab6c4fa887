/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of counters that other threads write. */
#include "nat64/daemon/counters.h"

static void add(uint64_t *sum, const uint64_t *counter)
{
	*sum += __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void add_both(struct counter *sum, const struct counter *counter)
{
	add(&sum->packets, &counter->packets);
	add(&sum->bytes, &counter->bytes);
}

void nat64d_counters_add(struct counters *sum, const struct counters *counters)
{
	add_both(&sum->translated_6to4, &counters->translated_6to4);
	add_both(&sum->translated_4to6, &counters->translated_4to6);
	add_both(&sum->hairpin, &counters->hairpin);
	add(&sum->echo_replies, &counters->echo_replies);
	add(&sum->icmp_errors, &counters->icmp_errors);
	for (size_t i = 0; i < NAT64_REASON_COUNT; i++)
		add(&sum->drops[i], &counters->drops[i]);
	add(&sum->read_errors, &counters->read_errors);
	add(&sum->write_errors, &counters->write_errors);
}
