/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One supervised daemon. It runs in a process group of its own, so that Ctrl-C reaches nat64-relay alone, which then
 * ends its children in order. stdout and stderr come back through one pipe and are passed on line by line, as they can be printed: they are
 * another user's.
 * The delay before a restart is a quarter of a second, doubles with each death up to 30 s, and is as short again after ten seconds of good running:
 * who dies once in a while is missed for a moment only, and who dies at once each time costs little.
 */
#include "relay/host/child.h"
#include "conf/printable.h"
#include "relay/host/clock.h"
#include "relay/host/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DELAY_FIRST_MS = 250, DELAY_MAX_MS = 30000, GOOD_RUN_MS = 10000, STOP_MS = 5000 };

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

static void log_close(struct relay_child *child)
{
	child->log_source = sd_event_source_disable_unref(child->log_source);
	if (child->log >= 0)
		close(child->log);
	child->log = -1;
}

/* Pass on what the log pipe holds, whole lines only, each behind the name. Closes the pipe at its end. */
static void log_pass(struct relay_child *child)
{
	ssize_t got = 0;

	while (child->log >= 0 &&
	       (got = read(child->log, child->line + child->line_length, sizeof(child->line) - child->line_length)) > 0) {
		child->line_length += (size_t)got;
		lines_print(child);
	}
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	log_close(child);
}

static int log_read(sd_event_source *source, int log, uint32_t events, void *child)
{
	(void)source;
	(void)log;
	(void)events;
	log_pass(child);
	return 0;
}

static void end_log(const struct relay_child *child, const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		printf("%s: ended with exit code %d\n", child->name, info->si_status);
	else
		printf("%s: ended by signal %d (%s)\n", child->name, info->si_status, strsignal(info->si_status));
}

static int end_note(sd_event_source *source, const siginfo_t *info, void *context)
{
	struct relay_child *child = context;

	log_pass(child);
	if (child->is_stopped)
		log_close(child); /* other processes may still have it open */
	else
		end_log(child, info);
	if (relay_clock_ms() - child->started >= GOOD_RUN_MS)
		child->delay = DELAY_FIRST_MS;
	child->pid = 0;
	relay_timer_set(sd_event_source_get_event(source), &child->timer, child->delay);
	child->restarts++;
	child->delay = child->delay * 2 > DELAY_MAX_MS ? DELAY_MAX_MS : child->delay * 2;
	child->end = sd_event_source_unref(child->end);
	return 0;
}

int relay_child_start(sd_event *loop, struct relay_child *child)
{
	int ends[2];

	relay_timer_set(loop, &child->timer, child->delay);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	fflush(NULL); /* nothing of ours is printed twice */
	child->pid = fork();
	if (child->pid == 0)
		child_become(child, ends[1]);
	close(ends[1]);
	if (child->pid < 0) {
		close(ends[0]);
		child->pid = 0;
		return -1;
	}
	log_close(child);
	child->log = ends[0];
	fcntl(child->log, F_SETFL, O_NONBLOCK);
	child->line_length = 0;
	child->started = relay_clock_ms();
	child->is_stopped = false;
	if (sd_event_add_io(loop, &child->log_source, child->log, EPOLLIN, log_read, child) >= 0 &&
	    sd_event_add_child(loop, &child->end, child->pid, WEXITED, end_note, child) >= 0)
		return 0;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
	errno = ENOMEM;
	return -1;
}

static void children_signal(struct relay_child *children, size_t count, int signal)
{
	for (size_t i = 0; i < count; i++) {
		children[i].is_stopped = true;
		if (children[i].pid > 0)
			kill(children[i].pid, signal);
	}
}

/* Until all have ended, or the time is over. Have they? */
static bool children_await(sd_event *loop, const struct relay_child *children, size_t count, uint64_t end)
{
	for (size_t i = 0; i < count; i++)
		while (children[i].pid != 0)
			if (!relay_loop_wait(loop, end))
				return false;
	return true;
}

void relay_children_stop(sd_event *loop, struct relay_child *children, size_t count)
{
	children_signal(children, count, SIGTERM);
	if (children_await(loop, children, count, relay_clock_ms() + STOP_MS))
		return;
	children_signal(children, count, SIGKILL);
	children_await(loop, children, count, UINT64_MAX);
}
