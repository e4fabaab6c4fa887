/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in folders that others may write to as well; lock files; and descriptors 0 to 2.
 *
 * The daemons' user may write to the runtime folder, and root keeps files there. The folder is sticky, so nobody can touch what
 * root has put there; but where root has put nothing yet, a file, a link or a pipe may wait for it. So what is read has to be
 * our own, and what is written replaces whatever stands in its place.
 */
#include "conf/file.h"

#include "conf/report.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int all_write(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

/* The rename is on the disk only once the folder is. */
static int folder_sync(const char *path)
{
	char *copy = strdup(path);
	int fd, result;

	if (!copy)
		return -1;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

static int temporary_write(const char *temporary, const char *text, size_t length, mode_t mode)
{
	int fd, failed;

	unlink(temporary); /* of a write that was cut off, or put there by somebody who may write to the folder */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	failed = fchmod(fd, mode) != 0 || all_write(fd, text, length) != 0 || fsync(fd) != 0;
	if (close(fd) != 0 || failed)
		return -1;
	return 0;
}

int conf_file_put(const char *path, const char *text, size_t length, mode_t mode, const char *backup,
		  struct conf_report *report)
{
	char *temporary = NULL;
	int result = -1;

	if (asprintf(&temporary, "%s" CONF_FILE_BEGUN, path) < 0)
		return -1;
	if (temporary_write(temporary, text, length, mode) != 0)
		goto out;
	if (backup && rename(path, backup) != 0 && errno != ENOENT)
		goto out;
	if (rename(temporary, path) != 0)
		goto out;
	if (folder_sync(path) == 0)
		result = 0;
out:
	if (result != 0) {
		conf_report_add(report, "cannot write %s: %s", path, strerror(errno));
		unlink(temporary);
	}
	free(temporary);
	return result;
}

static int open_fail(int fd)
{
	close(fd);
	errno = EPERM;
	return -1;
}

int conf_file_open_at(int folder, const char *name, int flags, mode_t mode)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink > 1))
		return open_fail(fd);
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		errno = EPERM;
	return fd;
}

int conf_file_open(const char *path, int flags)
{
	int fd = conf_file_open_at(AT_FDCWD, path, flags, 0);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) != 0 || (status.st_uid != geteuid() && status.st_uid != 0)))
		return open_fail(fd);
	return fd;
}

bool conf_file_is(const char *path, const char *text, size_t length)
{
	int fd = conf_file_open(path, O_RDONLY);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	bool same = stream;

	for (size_t i = 0; same && i < length; i++)
		same = getc(stream) == (unsigned char)text[i];
	same = same && getc(stream) == EOF;
	if (stream)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	return same;
}

int conf_file_parents_make(const char *path, struct conf_report *report)
{
	char *copy = strdup(path);
	int result = -1;

	if (!copy)
		return -1;
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) != 0 && errno != EEXIST) {
			conf_report_add(report, "cannot make the folder %s: %s", copy, strerror(errno));
			goto out;
		}
		*slash = '/';
	}
	result = 0;
out:
	free(copy);
	return result;
}

int conf_lock_acquire(int file)
{
	struct stat status;

	if (flock(file, LOCK_EX | LOCK_NB) || fstat(file, &status))
		return -1;
	if (status.st_nlink == 0) {
		errno = EWOULDBLOCK;
		return -1;
	}
	return ftruncate(file, 0) == 0 && dprintf(file, "%d\n", (int)getpid()) > 0 ? 0 : -1;
}

pid_t conf_lock_pid(int file)
{
	char text[32] = "";
	long pid = pread(file, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;

	return pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

bool conf_standard_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) /* the lowest number that is free */
			return false;
	return true;
}
