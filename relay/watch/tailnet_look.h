/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled says of this node and of our routes, and the change that is wanted: for watch. */
#ifndef RELAY_WATCH_TAILNET_LOOK_H
#define RELAY_WATCH_TAILNET_LOOK_H

#include "conf/entries.h"

#include <stdbool.h>

struct conf_settings;

enum { RELAY_TAILNET_MS = 12000 };

enum relay_tailnet_wish { RELAY_TAILNET_LOOK, RELAY_TAILNET_ADVERTISE, RELAY_TAILNET_WITHDRAW };

struct relay_tailnet_errand {
	const struct conf_settings *settings;
	enum relay_tailnet_wish wish;
	bool first; /* the routes of these settings have not been advertised yet */
};

struct relay_tailnet_look {
	enum relay_tailnet_wish wish; /* that it was about */
	bool up;                      /* tailscaled answers, and is on a tailnet */
	bool failed;                  /* it is, and the wish could not be done: why */
	char why[240];
	bool all, any; /* of our routes are advertised, after the wish */
	bool changed;  /* by the wish */
	struct conf_tailnet node;
};

/* A work for relay/host/errand.h. errand: struct relay_tailnet_errand; look: struct relay_tailnet_look. */
void relay_tailnet_look(const void *errand, void *look);

#endif
