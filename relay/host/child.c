/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One supervised daemon. It runs in a process group of its own, so that Ctrl-C reaches nat64-relay alone, which then
 * ends its children in order. stdout and stderr come back through one pipe and are passed on line by line, as they can be printed: they are
 * another user's.
 * The delay before a restart is a quarter of a second, doubles with each death up to 30 s, and is as short again after ten seconds of good running:
 * who dies once in a while is missed for a moment only, and who dies at once each time costs little.
 */
#include "relay/host/child.h"
#include "relay/host/clock.h"

#include "conf/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DELAY_FIRST_MS = 250, DELAY_MAX_MS = 30000, GOOD_RUN_MS = 10000, STOP_MS = 5000, STOP_STEP_MS = 20 };

void relay_child_init(struct relay_child *child, const char *name, const char *const *argv, const char *environment)
{
	*child = (struct relay_child){
		.name = name, .argv = argv, .environment = environment, .log = -1, .delay = DELAY_FIRST_MS};
}

/* In the new process: never returns. */
static _Noreturn void child_become(const struct relay_child *child, int log)
{
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	putenv((char *)(uintptr_t)child->environment);
	unsetenv("NOTIFY_SOCKET"); /* readiness is ours to tell */
	execv(child->argv[0], (char *const *)(uintptr_t)child->argv);
	fprintf(stderr, "cannot start %s: %s\n", child->argv[0], strerror(errno));
	_exit(127);
}

static int start_failed(struct relay_child *child)
{
	child->due = relay_clock_ms() + child->delay;
	return -1;
}

int relay_child_start(struct relay_child *child)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return start_failed(child);
	fflush(NULL); /* nothing of ours is printed twice */
	child->pid = fork();
	if (child->pid == 0)
		child_become(child, ends[1]);
	close(ends[1]);
	if (child->pid < 0) {
		close(ends[0]);
		child->pid = 0;
		return start_failed(child);
	}
	if (child->log >= 0)
		close(child->log);
	child->log = ends[0];
	fcntl(child->log, F_SETFL, O_NONBLOCK);
	child->line_length = 0;
	child->started = relay_clock_ms();
	return 0;
}

/* A daemon that already puts its name first is not named twice. */
static void line_print(const struct relay_child *child, char *line, size_t length)
{
	size_t name = strlen(child->name);
	bool named = length > name && strncmp(line, child->name, name) == 0 && line[name] == ':';

	conf_printable_make(line, length, "\t");
	if (!named)
		printf("%s: ", child->name);
	printf("%.*s\n", (int)length, line);
}

static void lines_print(struct relay_child *child)
{
	char *start = child->line;
	char *end = child->line + child->line_length;

	for (char *newline; (newline = memchr(start, '\n', (size_t)(end - start))); start = newline + 1)
		line_print(child, start, (size_t)(newline - start));
	if (start == child->line && child->line_length == sizeof(child->line)) { /* one overlong line: in pieces */
		line_print(child, start, child->line_length);
		start = end;
	}
	child->line_length = (size_t)(end - start);
	memmove(child->line, start, child->line_length);
	fflush(stdout);
}

void relay_child_log_pass(struct relay_child *child)
{
	ssize_t got;

	if (child->log < 0)
		return;
	while ((got = read(child->log, child->line + child->line_length, sizeof(child->line) - child->line_length)) > 0) {
		child->line_length += (size_t)got;
		lines_print(child);
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close(child->log);
	child->log = -1;
}

static void end_log(const struct relay_child *child, int status)
{
	if (WIFSIGNALED(status))
		printf("%s: ended by signal %d (%s)\n", child->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		printf("%s: ended with exit code %d\n", child->name, WEXITSTATUS(status));
}

void relay_child_ended(struct relay_child *child, int status)
{
	uint64_t now = relay_clock_ms();

	relay_child_log_pass(child);
	end_log(child, status);
	if (now - child->started >= GOOD_RUN_MS)
		child->delay = DELAY_FIRST_MS;
	child->pid = 0;
	child->due = now + child->delay;
	child->restarts++;
	child->delay = child->delay * 2 > DELAY_MAX_MS ? DELAY_MAX_MS : child->delay * 2;
}

/* Reap those that have ended, pass on their last words; how many still run. */
static size_t children_reap(struct relay_child *children, size_t count)
{
	size_t running = 0;
	int status;

	for (size_t i = 0; i < count; i++) {
		relay_child_log_pass(&children[i]);
		if (children[i].pid == 0)
			continue;
		if (waitpid(children[i].pid, &status, WNOHANG) == children[i].pid) {
			relay_child_log_pass(&children[i]);
			children[i].pid = 0;
		} else {
			running++;
		}
	}
	return running;
}

static void children_signal(struct relay_child *children, size_t count, int signal)
{
	for (size_t i = 0; i < count; i++)
		if (children[i].pid > 0)
			kill(children[i].pid, signal);
}

void relay_children_stop(struct relay_child *children, size_t count)
{
	uint64_t end = relay_clock_ms() + STOP_MS;

	children_signal(children, count, SIGTERM);
	while (children_reap(children, count) > 0 && relay_clock_ms() < end)
		poll(NULL, 0, STOP_STEP_MS);
	if (children_reap(children, count) == 0)
		return;
	children_signal(children, count, SIGKILL);
	while (children_reap(children, count) > 0)
		poll(NULL, 0, STOP_STEP_MS);
}
