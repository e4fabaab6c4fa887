/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loop of watch knows of the relay's reach: jobs, what they brought, and what was printed of it. */
#ifndef RELAY_WATCH_REACH_STATE_H
#define RELAY_WATCH_REACH_STATE_H

#include "relay/host/job.h"
#include "relay/watch/others.h"
#include "relay/watch/reach.h"
#include "relay/watch/yield.h"

/* relay/watch/watch_reach.c */
struct relay_watch_reach {
	struct relay_job looking, asking; /* the way out; the other relays */
	struct relay_reach last;          /* what the last look told */
	struct relay_others others;       /* and the last answer of the others */
	struct relay_yield yield;
	uint64_t looked, look_due,
		ask_due; /* when everything was last looked at; when the next look is due, and the next request to the others */
	uint64_t upstreams_due; /* when they are asked in any case */
	int requests;           /* of other relays for a look (relay/watch/look_request.h); -1: none can come */
	bool requested;         /* one has come since the last look began */
	char why[sizeof(((struct relay_reach *)0)->why)];     /* what is not reached, as it was printed; "" nothing */
	char stays[sizeof(((struct relay_others *)0)->text)]; /* why the routes stay, as it was printed; "" they need not */
};

#endif
