/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monotonic clock, how long it has stood still, and how the wall clock is set. */
#ifndef RELAY_HOST_CLOCK_H
#define RELAY_HOST_CLOCK_H

#include <stdint.h>

uint64_t relay_clock_ms(void);
uint64_t relay_clock_us(void);

/* How long the machine has slept since it was booted, in milliseconds: never more than it has; less, and even below 0, when the caller is kept
 * waiting between the two clocks. */
int64_t relay_clock_asleep_ms(void);

/* How far the wall clock is ahead of the clock of the boot, in milliseconds: what changes when it is set, and by nothing else. */
int64_t relay_clock_ahead_ms(void);

#endif
