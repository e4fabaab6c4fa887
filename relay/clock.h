/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monotonic clock in milliseconds. */
#ifndef RELAY_CLOCK_H
#define RELAY_CLOCK_H

#include <stdint.h>

uint64_t relay_clock_ms(void);

#endif
