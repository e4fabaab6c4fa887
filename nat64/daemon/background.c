/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going on in the background.
 *
 * The process that was called forks before anything is opened, and waits. The new one starts, with the terminal still at hand for
 * its messages, and tells through a pipe when it translates: then the first one ends with 0. When the new one ends before that, the
 * pipe closes empty, and the first one ends with the status that the new one left. So the caller's "started" is true, which
 * systemd's Type=forking and init scripts build upon.
 *
 * The file of the process id is opened while we may, and written once the start is over: a start that fails leaves the
 * running process's file as it is.
 */
#include "nat64/daemon/background.h"

#include "conf/file.h"
#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status that the process which was called ends with. */
static int child_wait(int ready, pid_t child)
{
	char octet;
	int status;

	while (read(ready, &octet, 1) < 0)
		if (errno != EINTR)
			return EXIT_FAILURE;
	if (octet == 'r')
		return EXIT_SUCCESS;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int nat64d_background_begin(struct background *background, struct conf_report *report)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return conf_report_add(report, "cannot go to the background: %s", strerror(errno));
	fflush(NULL);
	child = fork();
	if (child < 0) {
		conf_report_add(report, "cannot go to the background: %s", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (child > 0) {
		close(ends[1]);
		_exit(child_wait(ends[0], child));
	}
	close(ends[0]);
	setsid();
	*background = (struct background){.ready = ends[1], .null = open("/dev/null", O_RDWR | O_CLOEXEC)};
	return 0;
}

void nat64d_background_end(struct background *background)
{
	if (background->ready < 0)
		return;
	for (int stream = STDIN_FILENO; background->null >= 0 && stream <= STDERR_FILENO; stream++)
		dup2(background->null, stream);
	if (background->null > STDERR_FILENO)
		close(background->null);
	(void)!write(background->ready, "r", 1);
	close(background->ready);
	background->ready = -1;
}

int nat64d_pidfile_open(const char *path, const char *base, struct conf_report *report)
{
	char whole[4096];
	int file;

	snprintf(whole, sizeof(whole), "%s%s%s", *path == '/' || !base ? "" : base, *path == '/' ? "" : "/", path);
	file = conf_file_open_at(AT_FDCWD, whole, O_WRONLY | O_CREAT, 0644); /* the folder may be another user's */
	if (file < 0)
		conf_report_add(report, "cannot open %s: %s; name another file with --pidfile", whole, strerror(errno));
	return file;
}

int nat64d_pidfile_write(int file, const char *path, struct conf_report *report)
{
	if (file < 0 || (ftruncate(file, 0) == 0 && dprintf(file, "%d\n", (int)getpid()) > 0))
		return 0;
	return conf_report_add(report, "cannot write %s: %s", path, strerror(errno));
}
