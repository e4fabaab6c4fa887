/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One supervised daemon: its process, its log pipe, when to start it again. */
#ifndef RELAY_HOST_CHILD_H
#define RELAY_HOST_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct relay_child {
	const char *name;        /* before each line of its log */
	const char *const *argv; /* argv[0] is the program's path */
	const char *environment; /* "NAME=VALUE" it gets besides ours */

	pid_t pid; /* 0: it does not run */
	int log;   /* the read end of its stdout and stderr; -1: closed */
	char line[2048];
	size_t line_length;
	uint64_t started; /* ms on the monotonic clock */
	uint64_t due;     /* the time of the next start, when pid is 0 */
	unsigned delay;   /* ms until the start after the next death */
	unsigned restarts;
};

/* A child that is due at once. */
void relay_child_init(struct relay_child *child, const char *name, const char *const *argv, const char *environment);

/* Start it. 0, or -1 with errno when there was no process to be had; then it is due again later. */
int relay_child_start(struct relay_child *child);

/* Pass on what its log pipe holds, whole lines only, each behind its name. Closes the pipe at its end. */
void relay_child_log_pass(struct relay_child *child);

/* It has ended with this status of waitpid(2): say so, and set when it is due again (250 ms, doubled up to 30 s). */
void relay_child_ended(struct relay_child *child, int status);

/* Ask each to end with SIGTERM, wait up to 5 s for all of them, then SIGKILL. */
void relay_children_stop(struct relay_child *children, size_t count);

#endif
