/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that wait for others, all at once: together they take as long as the slowest. */
#ifndef RELAY_JOBS_H
#define RELAY_JOBS_H

#include "relay/errand.h"

/* One job. work, request (the caller's memory, until the end), result, size (at most PIPE_BUF) and timeout_ms are set before its start. */
struct relay_job {
	relay_errand_work *work;
	const void *request;
	void *result; /* as it was before, when the job fails */
	size_t size;
	unsigned timeout_ms;
	struct relay_errand errand;
	bool over, done; /* no more is to come; the result came */
};

/* Start one. One that cannot be started is over. */
void relay_job_start(struct relay_job *job);

/* Take what has come. Are all over? Does not wait. */
bool relay_jobs_poll(struct relay_job *jobs, size_t count);

/* Take what comes until all are over, or for so many ms. Are all over? */
bool relay_jobs_wait(struct relay_job *jobs, size_t count, unsigned timeout_ms);

/* End those that are not over. */
void relay_jobs_stop(struct relay_job *jobs, size_t count);

#endif
