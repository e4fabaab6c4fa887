// SPDX-License-Identifier: GPL-2.0-or-later
// Several jobs at once, a process each (errand.h), for commands that have nothing else to do meanwhile.
#include "relay/jobs.h"

#include "relay/clock.h"

#include <poll.h>

enum { POLL_MS = 10 };

void relay_job_start(struct relay_job *job)
{
	job->errand = (struct relay_errand){.pipe = -1};
	job->done = false;
	job->over = relay_errand_start(&job->errand, job->work, job->request, job->size, job->timeout_ms) != 0;
}

static bool is_over(struct relay_job *job)
{
	enum relay_errand_state state;

	if (job->over)
		return true;
	state = relay_errand_take(&job->errand, job->result, job->size);
	job->done |= state == RELAY_ERRAND_DONE;
	job->over = state != RELAY_ERRAND_BUSY;
	return job->over;
}

bool relay_jobs_poll(struct relay_job *jobs, size_t count)
{
	bool all = true;

	for (size_t i = 0; i < count; i++)
		all = is_over(&jobs[i]) && all;
	return all;
}

bool relay_jobs_wait(struct relay_job *jobs, size_t count, unsigned timeout_ms)
{
	uint64_t end = relay_clock_ms() + timeout_ms;

	while (!relay_jobs_poll(jobs, count)) {
		if (relay_clock_ms() >= end)
			return false;
		poll(NULL, 0, POLL_MS);
	}
	return true;
}

void relay_jobs_stop(struct relay_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		relay_errand_stop(&jobs[i].errand);
		jobs[i].over = true;
	}
}
