/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check on a client asks everything at once: a probe is one question in a process of its own, so that the silent ones wait side by side. */
#ifndef RELAY_CHECK_CLIENT_PROBE_H
#define RELAY_CHECK_CLIENT_PROBE_H

#include "relay/host/job.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_PROBES = 96 };

struct relay_client_probe {
	struct relay_job job;
	void *into; /* where its result goes; as it was when the probe failed, or was too slow */
	size_t size;
	const char *what; /* for the line of progress. Static */
	bool over;
};

/* All zero but end, after which nothing is waited for: ms on the monotonic clock. */
struct relay_client_probes {
	struct relay_client_probe items[CLIENT_PROBES];
	size_t count;
	sd_event *loop;
	uint64_t begun, end;
	bool shown; /* the line of progress stands on the terminal */
};

/* Begin one. work and request as of relay_job_start; size of the result: at most PIPE_BUF. Its number, or -1. */
int relay_client_probe_start(struct relay_client_probes *probes, const char *what, relay_job_work *work,
			     const void *request, void *into, size_t size, unsigned timeout_ms);

/* A probe that never began is over. */
bool relay_client_probe_is_over(const struct relay_client_probes *probes, int number);

/* Take what has come, and wait a moment when nothing has. Is any still under way? */
bool relay_client_probes_wait(struct relay_client_probes *probes);

/* On a terminal, after a second: for whom check waits. Standard error, one line, which the end wipes out. */
void relay_client_probes_show(struct relay_client_probes *probes, const char *name);
void relay_client_probes_end(struct relay_client_probes *probes);

#endif
