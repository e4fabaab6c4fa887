/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of work that has to wait for others, in a process of its own: whoever keeps silent delays nobody else. */
#ifndef RELAY_HOST_JOB_H
#define RELAY_HOST_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All zero: none is under way. */
struct relay_job {
	pid_t pid;         /* 0: none */
	bool is_awaited;   /* its result has not come yet */
	int pipe;          /* by which it comes */
	uint64_t deadline; /* ms on the monotonic clock */
	size_t got;        /* bytes of the result so far */
};

/* What is done there: request is the caller's memory as it was, result is zero and as large as the caller said. */
typedef void relay_job_work(const void *request, void *result);

/* How a job stands. */
enum relay_job_state { RELAY_JOB_NONE, RELAY_JOB_BUSY, RELAY_JOB_DONE, RELAY_JOB_FAILED };

/* Begin one, unless one is under way. size of the result: at most PIPE_BUF, so that it is written whole. 0, or -1 with errno. */
int relay_job_start(struct relay_job *job, relay_job_work *work, const void *request, size_t size, unsigned timeout_ms);

/* Look after it, without waiting: DONE with the result, or FAILED (it died, or was too slow and was ended) come once each. */
enum relay_job_state relay_job_collect(struct relay_job *job, void *result, size_t size);

/* The same for who cares for the end alone: is it over? Then result is what it brought, or as it was when it failed. */
bool relay_job_is_over(struct relay_job *job, void *result, size_t size);

/* What poll(2) waits for; -1: nothing. */
int relay_job_pipe(const struct relay_job *job);

/* When it has to be looked after, unless its pipe tells of something before: its deadline; UINT64_MAX when nothing but its end is awaited. */
uint64_t relay_job_due(const struct relay_job *job);

/* End it, whatever it does. */
void relay_job_stop(struct relay_job *job);

#endif
