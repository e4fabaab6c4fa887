/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services of systemd that watch has beside it: started when all is in place, stopped in the end. */
#ifndef RELAY_HOST_UNITS_H
#define RELAY_HOST_UNITS_H

#include "relay/host/job.h"

#include <stdbool.h>
#include <stdint.h>

struct relay_words;

struct relay_units {
	const struct relay_words *names; /* NULL: there are none */
	struct relay_job starting;       /* the systemctl that starts them */
	uint64_t due; /* ms on the monotonic clock: when the next one is; UINT64_MAX: none is wanted */
	bool failed;  /* the last one, which was said */
};

/* Nothing is started yet. */
void relay_units_init(struct relay_units *units, const struct relay_words *names);

/* From now on they are to run. */
void relay_units_want(struct relay_units *units);

/* Begin what is due, take the result of what is done; waits for nothing. A failure is said, and tried again. */
void relay_units_read(struct relay_units *units);

/* When the next look is due, unless the job's pipe tells of something. */
uint64_t relay_units_due(const struct relay_units *units);

/* Stop them, and wait until they have ended, or systemctl has taken too long over it. */
void relay_units_stop(struct relay_units *units);

#endif
