/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks of the machine. */
#include "conf/clock.h"

int64_t conf_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t conf_clock_ms(clockid_t clock)
{
	return conf_clock_ns(clock) / 1000000;
}
