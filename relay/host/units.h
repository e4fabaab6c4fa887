/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services of systemd that watch has beside it: started when all is in place, stopped in the end. */
#ifndef RELAY_HOST_UNITS_H
#define RELAY_HOST_UNITS_H

#include "relay/host/job.h"

#include <stdbool.h>

struct conf_words;

struct relay_units {
	const struct conf_words *names; /* NULL: there are none */
	struct relay_job starting;      /* the systemctl that starts them */
	sd_event_source *timer;         /* of the next one */
	bool is_wanted;
	bool failed; /* the last one, which was logged */
};

/* Nothing is started yet. */
void relay_units_init(struct relay_units *units, const struct conf_words *names);

/* From now on they are to run. */
void relay_units_want(sd_event *loop, struct relay_units *units);

/* Begin what is due, take the result of what is done; waits for nothing. A failure is logged, and tried again. */
void relay_units_read(sd_event *loop, struct relay_units *units);

/* Stop them, and wait until they have ended, or systemctl has taken too long over it. */
void relay_units_stop(struct relay_units *units);

#endif
