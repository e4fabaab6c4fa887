/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does another relay reach what this one does not? */
#ifndef RELAY_WATCH_OTHERS_H
#define RELAY_WATCH_OTHERS_H

#include <stdbool.h>
#include <stdint.h>

struct conf_settings;

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
