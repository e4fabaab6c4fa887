/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks of the machine (clock_gettime(2)). */
#ifndef CONF_CLOCK_H
#define CONF_CLOCK_H

#include <stdint.h>
#include <time.h>

/* In nanoseconds: CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not, CLOCK_REALTIME can be set. */
static inline int64_t conf_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t conf_clock_ms(clockid_t clock)
{
	return conf_clock_ns(clock) / 1000000;
}

#endif
