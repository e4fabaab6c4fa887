/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What watch knows of the clocks: a machine that slept, a clock that was set back. */
#ifndef RELAY_WATCH_CLOCKS_H
#define RELAY_WATCH_CLOCKS_H

#include "relay/host/job.h"

#include <stdbool.h>
#include <stdint.h>

struct relay_watch_clock {
	int64_t asleep, ahead;     /* the most that relay_clock_asleep_ms() and relay_clock_ahead_ms() have returned */
	struct relay_job emptying; /* of the resolver's cache */
	bool is_stale;             /* it is to be emptied */
	sd_event_source *timer;    /* of the next such job */
};

#endif
