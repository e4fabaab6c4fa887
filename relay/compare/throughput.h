/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The throughput to a name, by iperf3. */
#ifndef RELAY_COMPARE_THROUGHPUT_H
#define RELAY_COMPARE_THROUGHPUT_H

#include <stdbool.h>

struct relay_compare_target;

/* Is the program iperf3 there? */
bool relay_compare_has_iperf3(void);

/* Measure the throughput to an iperf3 server, and from it; problem says why there is none. */
void relay_compare_throughput(struct relay_compare_target *target);

#endif
