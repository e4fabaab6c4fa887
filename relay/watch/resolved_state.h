/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loop of watch knows of the values of auto: a change of the tailnet that a reload has to follow. */
#ifndef RELAY_WATCH_RESOLVED_STATE_H
#define RELAY_WATCH_RESOLVED_STATE_H

#include <stdint.h>
#include <systemd/sd-event.h>

/* relay/watch/watch_resolved.c */
struct relay_watch_resolved {
	char followed[1280]; /* the change, as it was printed; "" none */
	sd_event_source *timer;
	uint64_t pause;
};

#endif
