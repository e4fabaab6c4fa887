/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loop of watch knows of the page: the job that writes its snapshot, and its server. */
#ifndef RELAY_WATCH_PAGE_STATE_H
#define RELAY_WATCH_PAGE_STATE_H

#include "relay/host/job.h"

#include <stdbool.h>

/* relay/watch/watch_http.c */
struct relay_watch_page {
	struct relay_job publishing; /* the snapshot */
	sd_event_source *timer;
	bool begun;  /* the server was started */
	bool wanted; /* by the last snapshot there is an http-listen */
	bool failed; /* the last snapshot was not written, which was printed */
};

#endif
