/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what the relay is for reached from here? The upstream-dns, and every probe. */
#ifndef RELAY_WATCH_REACH_H
#define RELAY_WATCH_REACH_H

#include <stdbool.h>

struct conf_settings;

enum { RELAY_REACH_MS = 12000 }; /* no look takes longer */

struct relay_reach {
	bool good;
	char why[200]; /* the first that was not reached; "" none */
};

/* A work for relay/host/job.h. settings: struct conf_settings; reach: struct relay_reach. It ends at the first that is not reached. */
void relay_reach_run(const void *settings, void *reach);

#endif
