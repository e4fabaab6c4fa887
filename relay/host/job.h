/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that has to wait for other programs, in a process of its own: a program that does not answer delays nothing else. */
#ifndef RELAY_HOST_JOB_H
#define RELAY_HOST_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* All zero: none is under way. */
struct relay_job {
	pid_t pid;                       /* 0: none */
	bool is_awaited;                 /* its end was not reported yet */
	bool has_failed;                 /* the last one brought no result */
	int pipe;                        /* by which it comes */
	sd_event_source *end, *deadline; /* what the loop waits for */
};

/* What is done there: request is the caller's memory as it was, result is zero and of the caller's size. */
typedef void relay_job_work(const void *request, void *result);

/* Begin one, unless one is under way. size of the result: at most PIPE_BUF, so that it is written whole. 0, or -1 with errno. */
int relay_job_start(sd_event *loop, struct relay_job *job, relay_job_work *work, const void *request, size_t size,
		    unsigned timeout_ms);

/* Is it over? True once: then result is what it brought, or as it was when it died, or was too slow and is ended. Its process may still be there: pid. */
bool relay_job_is_over(struct relay_job *job, void *result, size_t size);

/* End it, whatever it does. */
void relay_job_stop(struct relay_job *job);

#endif
