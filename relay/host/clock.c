// SPDX-License-Identifier: GPL-2.0-or-later
// The monotonic clock in milliseconds. It stands still while the machine sleeps; that of the boot does not (clock_gettime(2)).
#include "relay/host/clock.h"

#include <time.h>

static int64_t milliseconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t relay_clock_ms(void)
{
	return (uint64_t)milliseconds_of(CLOCK_MONOTONIC);
}

int64_t relay_clock_asleep_ms(void)
{
	int64_t boot = milliseconds_of(CLOCK_BOOTTIME); /* first: time that passes before the other is read only makes less of it */

	return boot - milliseconds_of(CLOCK_MONOTONIC);
}

static int64_t ahead_once(void)
{
	int64_t wall = milliseconds_of(CLOCK_REALTIME);

	return wall - milliseconds_of(CLOCK_BOOTTIME);
}

int64_t relay_clock_ahead_ms(void)
{
	int64_t first = ahead_once(), second = ahead_once(); /* who is kept waiting is so in one of them */

	return first > second ? first : second;
}
