/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user may name anything: opened as a file, a named pipe without a writer waits for one for ever, and a device such as /dev/zero has no end. A
 * pipe without a writer ends before its first octet; a writer that has not opened it yet is waited for a moment. A terminal and /dev/null are read.
 */
#include "conf/named.h"

#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { WRITER_MS = 3000, WRITER_STEP_MS = 20, NULL_MAJOR = 1, NULL_MINOR = 3 };

static bool device_ends(int fd, const struct stat *status)
{
	return S_ISCHR(status->st_mode) && (status->st_rdev == makedev(NULL_MAJOR, NULL_MINOR) || isatty(fd));
}

/* What it is that cannot be read; NULL: it can. */
static const char *kind_refused(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return strerror(errno);
	if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) || device_ends(fd, &status))
		return NULL;
	errno = S_ISDIR(status.st_mode) ? EISDIR : ENXIO;
	return S_ISDIR(status.st_mode) ? "it is a folder" : "it is a device";
}

/* 1: the first octet of a pipe; 0: nobody writes to it; -1: somebody will, or it is no pipe. */
static int first_read(int fd, unsigned char *first)
{
	struct stat status;
	ssize_t count = -1;

	if (fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode))
		return -1;
	for (int waited = 0; (count = read(fd, first, 1)) == 0 && waited < WRITER_MS; waited += WRITER_STEP_MS)
		poll(NULL, 0, WRITER_STEP_MS);
	return (int)count;
}

static FILE *open_fail(int fd, int error)
{
	if (fd >= 0)
		close(fd);
	errno = error;
	return NULL;
}

FILE *conf_named_open(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), count;
	unsigned char first;
	FILE *stream;

	*why = fd < 0 ? (errno == ENXIO ? "it is a socket" : strerror(errno)) : kind_refused(fd);
	if (*why)
		return open_fail(fd, errno);
	count = first_read(fd, &first);
	if (count == 0) {
		*why = "nobody writes to this pipe";
		return open_fail(fd, EPIPE);
	}
	stream = fcntl(fd, F_SETFL, 0) == 0 ? fdopen(fd, "r") : NULL;
	if (!stream) {
		*why = strerror(errno);
		return open_fail(fd, errno);
	}
	if (count > 0)
		ungetc(first, stream);
	return stream;
}

bool conf_named_is_pipe(const char *path, struct conf_report *report)
{
	struct stat status;
	bool is_pipe = stat(path, &status) == 0 && S_ISFIFO(status.st_mode);

	if (is_pipe)
		conf_report_add(report, "%s is a pipe, which can be read only once: write the settings into a file", path);
	return is_pipe;
}
