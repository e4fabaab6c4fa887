/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job is a child process with a pipe back. It does its work with all the blocking calls there are, writes its result in one piece,
 * and ends. Who waits for nothing but its end is never held up by a resolver, a translator or a tailscaled that hangs.
 */
#include "relay/host/job.h"

#include "relay/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the new process: never returns. It ends with its parent. */
static _Noreturn void job_run(relay_job_work *work, const void *request, size_t size, int pipe)
{
	void *result = calloc(1, size);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!result)
		_exit(1);
	work(request, result);
	fflush(NULL);
	_exit(write(pipe, result, size) == (ssize_t)size ? 0 : 1);
}

int relay_job_start(struct relay_job *job, relay_job_work *work, const void *request, size_t size, unsigned timeout_ms)
{
	int ends[2], error;

	if (job->pid != 0) {
		errno = EBUSY;
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	fflush(NULL); /* nothing of ours is printed twice */
	job->pid = fork();
	error = errno;
	if (job->pid == 0)
		job_run(work, request, size, ends[1]);
	close(ends[1]);
	job->pipe = ends[0];
	job->got = 0;
	job->deadline = relay_clock_ms() + timeout_ms;
	job->is_awaited = job->pid > 0;
	if (job->is_awaited)
		return 0;
	close(ends[0]);
	job->pid = 0;
	errno = error;
	return -1;
}

static void pipe_close(struct relay_job *job)
{
	if (job->is_awaited)
		close(job->pipe);
	job->is_awaited = false;
}

/* Is the process gone, so that the next job may begin? */
static bool reap(struct relay_job *job)
{
	if (job->pid != 0 && waitpid(job->pid, NULL, WNOHANG) == job->pid)
		job->pid = 0;
	return job->pid == 0;
}

static enum relay_job_state result_read(struct relay_job *job, void *result, size_t size)
{
	ssize_t got = read(job->pipe, (char *)result + job->got, size - job->got);

	if (got > 0)
		job->got += (size_t)got;
	if (job->got == size)
		return RELAY_JOB_DONE;
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		return RELAY_JOB_FAILED;
	return RELAY_JOB_BUSY;
}

enum relay_job_state relay_job_collect(struct relay_job *job, void *result, size_t size)
{
	enum relay_job_state state;

	if (!job->is_awaited)
		return reap(job) ? RELAY_JOB_NONE : RELAY_JOB_BUSY;
	state = result_read(job, result, size);
	if (state == RELAY_JOB_BUSY && relay_clock_ms() >= job->deadline) {
		kill(job->pid, SIGKILL);
		state = RELAY_JOB_FAILED;
	}
	if (state != RELAY_JOB_BUSY)
		pipe_close(job);
	reap(job);
	return state;
}

bool relay_job_is_over(struct relay_job *job, void *result, size_t size)
{
	enum relay_job_state state = relay_job_collect(job, result, size);

	return state == RELAY_JOB_DONE || state == RELAY_JOB_FAILED;
}

int relay_job_pipe(const struct relay_job *job)
{
	return job->is_awaited ? job->pipe : -1;
}

uint64_t relay_job_due(const struct relay_job *job)
{
	return job->is_awaited ? job->deadline : UINT64_MAX; /* SIGCHLD tells of an end */
}

void relay_job_stop(struct relay_job *job)
{
	pipe_close(job);
	if (job->pid != 0) {
		kill(job->pid, SIGKILL);
		waitpid(job->pid, NULL, 0);
	}
	job->pid = 0;
}
