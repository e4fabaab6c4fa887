/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An errand is a child process with a pipe back. It does its work with all the blocking calls there are, writes its result in one piece,
 * and ends. Who waits for nothing but its end is never held up by a resolver, a translator or a tailscaled that hangs.
 */
#include "relay/host/errand.h"

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
static _Noreturn void errand_run(relay_errand_work *work, const void *wish, size_t size, int pipe)
{
	void *result = calloc(1, size);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!result)
		_exit(1);
	work(wish, result);
	fflush(NULL);
	_exit(write(pipe, result, size) == (ssize_t)size ? 0 : 1);
}

int relay_errand_start(struct relay_errand *errand, relay_errand_work *work, const void *wish, size_t size, unsigned timeout_ms)
{
	int ends[2], error;

	if (errand->pid != 0) {
		errno = EBUSY;
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	fflush(NULL); /* nothing of ours is printed twice */
	errand->pid = fork();
	error = errno;
	if (errand->pid == 0)
		errand_run(work, wish, size, ends[1]);
	close(ends[1]);
	errand->pipe = ends[0];
	errand->got = 0;
	errand->deadline = relay_clock_ms() + timeout_ms;
	if (errand->pid > 0)
		return 0;
	close(ends[0]);
	errand->pipe = -1;
	errand->pid = 0;
	errno = error;
	return -1;
}

static void pipe_close(struct relay_errand *errand)
{
	if (errand->pipe >= 0)
		close(errand->pipe);
	errand->pipe = -1;
}

/* Is the process gone, so that the next errand may begin? */
static bool reap(struct relay_errand *errand)
{
	if (errand->pid != 0 && waitpid(errand->pid, NULL, WNOHANG) == errand->pid)
		errand->pid = 0;
	return errand->pid == 0;
}

static enum relay_errand_state result_read(struct relay_errand *errand, void *result, size_t size)
{
	ssize_t got = read(errand->pipe, (char *)result + errand->got, size - errand->got);

	if (got > 0)
		errand->got += (size_t)got;
	if (errand->got == size)
		return RELAY_ERRAND_DONE;
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		return RELAY_ERRAND_FAILED;
	return RELAY_ERRAND_BUSY;
}

enum relay_errand_state relay_errand_take(struct relay_errand *errand, void *result, size_t size)
{
	enum relay_errand_state state;

	if (errand->pipe < 0)
		return reap(errand) ? RELAY_ERRAND_NONE : RELAY_ERRAND_BUSY;
	state = result_read(errand, result, size);
	if (state == RELAY_ERRAND_BUSY && relay_clock_ms() >= errand->deadline) {
		kill(errand->pid, SIGKILL);
		state = RELAY_ERRAND_FAILED;
	}
	if (state != RELAY_ERRAND_BUSY)
		pipe_close(errand);
	reap(errand);
	return state;
}

bool relay_errand_is_over(struct relay_errand *errand, void *result, size_t size)
{
	enum relay_errand_state state = relay_errand_take(errand, result, size);

	return state == RELAY_ERRAND_DONE || state == RELAY_ERRAND_FAILED;
}

uint64_t relay_errand_due(const struct relay_errand *errand)
{
	return errand->pipe >= 0 ? errand->deadline : UINT64_MAX; /* SIGCHLD tells of an end */
}

void relay_errand_stop(struct relay_errand *errand)
{
	pipe_close(errand);
	if (errand->pid != 0) {
		kill(errand->pid, SIGKILL);
		waitpid(errand->pid, NULL, 0);
	}
	errand->pid = 0;
}
