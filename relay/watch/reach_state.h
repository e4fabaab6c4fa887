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
	struct relay_job checking, asking; /* the way out; the other relays */
	struct relay_reach last;           /* the result of the last check */
	struct relay_others others;        /* and the last answer of the others */
	struct relay_yield yield;
	uint64_t looked; /* when everything was last checked */
	sd_event_source *check_timer, *ask_timer,
		*upstreams_timer; /* the next check, the next request to the others, the next to the upstreams in any case */
	bool requested;           /* another relay has requested a check since the last one began */
	char why[sizeof(((struct relay_reach *)0)->why)];     /* what is not reached, as it was printed; "" nothing */
	char stays[sizeof(((struct relay_others *)0)->text)]; /* why the routes stay, as it was printed; "" they need not */
};

#endif
