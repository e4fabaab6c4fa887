/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job is a child process with a pipe back. It does its work with all the blocking calls there are, writes its result in one piece,
 * and ends. The loop waits for nothing but its end or its deadline, and so is never held up by a resolver, a translator or a tailscaled that hangs.
 */
#include "relay/host/job.h"

#include "relay/host/loop.h"

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

/* The process is gone, so that the next job may begin. */
static int end_note(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct relay_job *job = context;

	(void)source;
	(void)info;
	job->end = sd_event_source_unref(job->end);
	job->pid = 0;
	return 0;
}

static int job_fork(struct relay_job *job, relay_job_work *work, const void *request, size_t size)
{
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -errno;
	fflush(NULL); /* nothing of ours is printed twice */
	job->pid = fork();
	error = -errno;
	if (job->pid == 0)
		job_run(work, request, size, ends[1]);
	close(ends[1]);
	job->pipe = ends[0];
	job->is_awaited = true;
	return job->pid > 0 ? 0 : error;
}

int relay_job_start(sd_event *loop, struct relay_job *job, relay_job_work *work, const void *request, size_t size,
		    unsigned timeout_ms)
{
	int error = job->pid != 0 ? -EBUSY : job_fork(job, work, request, size);

	if (error == 0)
		error = sd_event_add_child(loop, &job->end, job->pid, WEXITED, end_note, job);
	if (error >= 0) {
		relay_timer_set(loop, &job->deadline, timeout_ms);
		return 0;
	}
	if (error != -EBUSY)
		relay_job_stop(job);
	errno = -error;
	return -1;
}

static void pipe_close(struct relay_job *job)
{
	if (job->is_awaited)
		close(job->pipe);
	job->is_awaited = false;
}

bool relay_job_is_over(struct relay_job *job, void *result, size_t size)
{
	if (!job->is_awaited || (job->pid != 0 && !relay_timer_is_due(job->deadline)))
		return false;
	if (job->pid != 0)
		kill(job->pid, SIGKILL);
	job->has_failed = read(job->pipe, result, size) != (ssize_t)size;
	pipe_close(job);
	return true;
}

void relay_job_stop(struct relay_job *job)
{
	pipe_close(job);
	job->end = sd_event_source_unref(job->end);
	if (job->pid > 0) {
		kill(job->pid, SIGKILL);
		waitpid(job->pid, NULL, 0);
	}
	job->pid = 0;
}
