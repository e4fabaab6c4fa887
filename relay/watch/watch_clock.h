/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the clocks tell watch: a machine that slept, a clock that was set back. */
#ifndef RELAY_WATCH_WATCH_CLOCK_H
#define RELAY_WATCH_WATCH_CLOCK_H

#include "relay/host/errand.h"

#include <stdint.h>

struct relay_watch;

struct relay_watch_clock {
	int64_t asleep, ahead;        /* the most that relay_clock_asleep_ms() and relay_clock_ahead_ms() have told */
	struct relay_errand emptying; /* of the resolver's cache */
	uint64_t due;                 /* of the next such errand; UINT64_MAX: there is no need */
};

/* Read the clocks for the first time. */
void relay_watch_clock_init(struct relay_watch_clock *clock);

/* Read them again, and do what follows; and when that is due without anything else happening. */
void relay_watch_clock_look(struct relay_watch *watch);
uint64_t relay_watch_clock_due(const struct relay_watch_clock *clock);

#endif
