/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One supervised daemon: its process, its log pipe, when to start it again. */
#ifndef RELAY_HOST_CHILD_H
#define RELAY_HOST_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct relay_child {
	const char *name;        /* before each line of its log */
	const char *const *argv; /* argv[0] is the program's path */
	const char *environment; /* "NAME=VALUE" it gets besides ours */

	pid_t pid; /* 0: it does not run */
	int log;   /* the read end of its stdout and stderr; -1: closed */
	char line[2048];
	size_t line_length;
	uint64_t started; /* ms on the monotonic clock */
	unsigned delay;   /* ms until the start after the next death */
	unsigned restarts;
	bool is_stopped;                   /* its end is wanted, and not logged */
	sd_event_source *log_source, *end; /* what the loop waits for */
	sd_event_source *timer;            /* of the next start, when pid is 0 */
};

/* A child that is due at once. */
void relay_child_init(struct relay_child *child, const char *name, const char *const *argv, const char *environment);

/*
 * Start it. The loop passes its log on, and tells of its end: then pid is 0, and it is due again later (250 ms, doubled up to 30 s). 0, or -1 with errno
 * when there was no process to be had; then it is due again later, too.
 */
int relay_child_start(sd_event *loop, struct relay_child *child);

/* Ask each to end with SIGTERM, wait up to 5 s for all of them, then SIGKILL. */
void relay_children_stop(sd_event *loop, struct relay_child *children, size_t count);

#endif
