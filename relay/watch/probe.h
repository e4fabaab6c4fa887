/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do translator and resolver work? Asked in the way clients do. */
#ifndef RELAY_WATCH_PROBE_H
#define RELAY_WATCH_PROBE_H

#include <stdbool.h>

struct conf_settings;

enum { RELAY_PROBE_MS = 8000 }; /* no probe takes longer */

struct relay_probe {
	bool translator; /* answers on its control socket, and an echo request to its own address */
	bool resolver;   /* answers on every edge address, over UDP or TCP; true when there is none */
	bool tcp_alone;  /* one of them over TCP alone */
	bool here;       /* this machine has every edge address */
	char why[160];   /* what is wrong; "" nothing */
};

/* Look; takes until the slowest has answered, or not: a work for relay/host/job.h. settings: struct conf_settings; probe: struct relay_probe. */
void relay_probe_run(const void *settings, void *probe);

#endif
