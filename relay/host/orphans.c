/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The children of a run that was killed with SIGKILL. run remembers its children in RUNTIME_DIR/children, a line
 * "NAME PID STARTTIME" each; STARTTIME is field 22 of /proc/PID/stat, so that a number that was given to another
 * process since is never taken for ours. The next run, or down, ends those that are still there.
 */
#include "relay/host/child.h"
#include "relay/host/runtime.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STOP_MS = 5000 };

/* Start time of a process in clock ticks since boot; 0 when there is no such process. */
static uint64_t start_time_of(pid_t pid)
{
	char path[32], line[1024];
	uint64_t start = 0;
	char *field;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stream = fopen(path, "re");
	if (!stream)
		return 0;
	field = fgets(line, sizeof(line), stream) ? strrchr(line, ')') : NULL; /* field 2 may hold anything */
	fclose(stream);
	for (unsigned number = 2; field && number < 22; number++)
		field = strchr(field + 1, ' ');
	if (field)
		start = strtoull(field, NULL, 10);
	return start;
}

int relay_runtime_children_remember(const struct conf_settings *settings, const struct relay_child *children,
				    size_t count, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, "children");
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int result = -1;

	for (size_t i = 0; stream && i < count; i++)
		if (children[i].pid > 0)
			fprintf(stream, "%s %d %" PRIu64 "\n", children[i].name, (int)children[i].pid,
				start_time_of(children[i].pid));
	if (stream && fclose(stream) == 0 && path)
		result = conf_file_put(path, text, length, 0644, NULL, report);
	free(text);
	free(path);
	return result;
}

struct orphan {
	pid_t pid;
	uint64_t start;
};

static bool still_runs(const struct orphan *orphan)
{
	return orphan->start != 0 && start_time_of(orphan->pid) == orphan->start;
}

/* The next remembered child that still runs; false at the end. */
static bool orphan_next(FILE *stream, struct orphan *orphan)
{
	int number;

	while (fscanf(stream, "%*31s %d %" SCNu64, &number, &orphan->start) == 2) {
		orphan->pid = (pid_t)number;
		if (still_runs(orphan))
			return true;
	}
	return false;
}

bool relay_runtime_orphans_is(const struct conf_settings *settings, pid_t pid)
{
	FILE *stream = relay_runtime_memory_open(settings, "children");
	struct orphan orphan;
	bool found = false;

	if (!stream)
		return false;
	while (!found && orphan_next(stream, &orphan))
		found = orphan.pid == pid;
	fclose(stream);
	return found;
}

/* SIGTERM, and SIGKILL when it takes too long. A pid descriptor cannot come to mean another process; it is ours if the start time is
 * still right once we have it. */
static void orphan_end(const struct orphan *orphan)
{
	struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, orphan->pid, 0), .events = POLLIN};
	bool ours = ended.fd >= 0 && still_runs(orphan);

	if (ended.fd < 0)
		return;
	if (ours)
		syscall(SYS_pidfd_send_signal, ended.fd, SIGTERM, NULL, 0);
	if (ours && poll(&ended, 1, STOP_MS) == 0) {
		syscall(SYS_pidfd_send_signal, ended.fd, SIGKILL, NULL, 0);
		poll(&ended, 1, STOP_MS);
	}
	close(ended.fd);
}

size_t relay_runtime_orphans_end(const struct conf_settings *settings)
{
	FILE *stream = relay_runtime_memory_open(settings, "children");
	size_t count = 0;
	struct orphan orphan;

	if (!stream)
		return 0;
	for (; orphan_next(stream, &orphan); count++)
		orphan_end(&orphan);
	fclose(stream);
	return count;
}
