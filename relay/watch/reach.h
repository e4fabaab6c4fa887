/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what the relay is for reached from here: the upstream-dns, and every probe? And does another relay reach what this one does not? */
#ifndef RELAY_WATCH_REACH_H
#define RELAY_WATCH_REACH_H

#include <stdbool.h>
#include <stdint.h>

struct conf_settings;

enum { RELAY_REACH_MS = 12000 }; /* no look takes longer */

struct relay_reach_job {
	const struct conf_settings *settings;
	bool upstreams; /* ask them in any case */
	uint64_t timeouts; /* what Unbound knew when they were last asked (unbound/timeouts.h): if it knows of others, they are asked too */
};

struct relay_reach {
	bool good;
	bool upstreams;    /* they were asked */
	uint64_t timeouts; /* what Unbound knows now */
	char why[200];     /* the first that was not reached; "" none */
};

/* A work for relay/host/job.h. job: struct relay_reach_job; reach: struct relay_reach. It ends at the first that is not reached. */
void relay_reach_run(const void *job, void *reach);

/* How long upstreams that answer are left alone, in ms; 0: there are none to ask. */
unsigned relay_reach_upstreams_period(const struct conf_settings *settings);

enum { RELAY_OTHERS_MS = 8000 }; /* no asking takes longer */

struct relay_others_job {
	const struct conf_settings *settings;
	bool look;      /* have them look now */
	uint64_t since; /* ms on the monotonic clock: what another relay reached before says nothing */
};

struct relay_others {
	bool could;   /* one works, and has reached everything since */
	bool waiting; /* one works, and has not looked since */
	bool primary; /* the one that could is where peers send to now */
	char text[200];
};

/* A work for relay/host/job.h. job: struct relay_others_job; others: struct relay_others. */
void relay_others_run(const void *job, void *others);

#endif
