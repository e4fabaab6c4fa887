/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled says of this node and of our routes, and the change that is wanted: for watch. */
#ifndef RELAY_WATCH_TAILNET_POLL_H
#define RELAY_WATCH_TAILNET_POLL_H

#include "conf/entries.h"

#include <stdbool.h>

struct conf_settings;

enum { RELAY_TAILNET_MS = 12000 };

enum relay_tailnet_request { RELAY_TAILNET_POLL, RELAY_TAILNET_ADVERTISE, RELAY_TAILNET_WITHDRAW };

struct relay_tailnet_job {
	const struct conf_settings *settings;
	enum relay_tailnet_request request;
	bool first; /* the routes of these settings have not been advertised yet */
};

struct relay_tailnet_poll {
	enum relay_tailnet_request request; /* that it was about */
	bool up;                            /* tailscaled answers, and is on a tailnet */
	bool failed;                        /* it is, and the request could not be done: why */
	char why[240];
	bool all, any; /* of our routes are advertised, after the request */
	bool changed;  /* by the request */
	struct conf_tailnet node;
};

/* A work for relay/host/job.h. job: struct relay_tailnet_job; look: struct relay_tailnet_poll. */
void relay_tailnet_poll(const void *job, void *look);

#endif
