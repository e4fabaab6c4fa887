/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monotonic clock. It stands still while the machine sleeps; that of the boot does not (clock_gettime(2)). */
#include "relay/host/clock.h"

#include "conf/clock.h"

uint64_t relay_clock_ms(void)
{
	return (uint64_t)conf_clock_ms(CLOCK_MONOTONIC);
}

uint64_t relay_clock_us(void)
{
	return (uint64_t)conf_clock_ns(CLOCK_MONOTONIC) / 1000;
}

int64_t relay_clock_asleep_ms(void)
{
	int64_t boot = conf_clock_ms(CLOCK_BOOTTIME); /* first: time that passes before the other is read only makes less of it */

	return boot - conf_clock_ms(CLOCK_MONOTONIC);
}

static int64_t ahead_once(void)
{
	int64_t wall = conf_clock_ms(CLOCK_REALTIME);

	return wall - conf_clock_ms(CLOCK_BOOTTIME);
}

int64_t relay_clock_ahead_ms(void)
{
	int64_t first = ahead_once(), second = ahead_once(); /* who is kept waiting is so in one of them */

	return first > second ? first : second;
}
