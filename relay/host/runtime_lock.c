/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The locks in the runtime folder: of the one nat64-relay at work, of reload, and of tailnet. A lock file is locked with flock(2), holds the pid of the
 * holder, and is free again however the holder ends. Who can open a file can lock it, so root alone can open these (0600).
 *
 * Earlier versions let everybody read them. A process that has such a file open can lock it at any time, so it is never taken over: a
 * new file comes in its place, unless a nat64-relay that lives has it.
 */
#include "relay/host/runtime.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/host/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { RELOAD_LOCK_MS = 30000, RELOAD_LOCK_STEP_MS = 50 };

/* A process of root's. */
static bool is_alive(pid_t pid)
{
	char path[32];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return pid > 0 && stat(path, &status) == 0 && status.st_uid == 0;
}

static bool process_has(const char *process, const struct stat *file)
{
	char path[64];
	const struct dirent *entry;
	struct stat other;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", process);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder)))
		found = isdigit((unsigned char)*entry->d_name) && fstatat(dirfd(folder), entry->d_name, &other, 0) == 0 &&
			other.st_ino == file->st_ino && other.st_dev == file->st_dev;
	if (folder)
		closedir(folder);
	return found;
}

/* Another process that has the file open: a child of one that was killed may have its lock still. */
static pid_t user_find(const struct stat *file)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	pid_t found = 0;

	while (processes && found == 0 && (entry = readdir(processes))) {
		long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && process_has(entry->d_name, file))
			found = (pid_t)pid;
	}
	if (processes)
		closedir(processes);
	return found;
}

/* Who holds a lock that is held: as it says itself, or as it is found; 0 when it cannot be seen from here, or is a stranger who could open
 * the file of an earlier version. */
static pid_t lock_holder(int fd)
{
	pid_t pid = conf_lock_pid(fd);
	struct stat status;

	if (is_alive(pid))
		return pid;
	return fstat(fd, &status) == 0 && (status.st_mode & 077) == 0 ? user_find(&status) : 0;
}

/* For a user who may not open the file: the kernel's list of locks, "N: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE ...". */
static pid_t listed_holder(const char *path)
{
	FILE *stream = fopen("/proc/locks", "re");
	struct stat status;
	char line[160];
	pid_t found = 0;

	if (stream && stat(path, &status) == 0)
		while (found == 0 && fgets(line, sizeof(line), stream)) {
			unsigned major, minor;
			uint64_t inode;
			int pid;

			if (sscanf(line, "%*s FLOCK %*s WRITE %d %x:%x:%" SCNu64, &pid, &major, &minor, &inode) == 4 &&
			    pid > 0 && inode == status.st_ino && makedev(major, minor) == status.st_dev)
				found = (pid_t)pid;
		}
	if (stream)
		fclose(stream);
	return found;
}

pid_t relay_runtime_holder(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, "lock");
	int fd = path ? conf_file_open(path, O_RDONLY) : -1;
	pid_t holder = 0;

	if (fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0)
		holder = lock_holder(fd);
	else if (fd < 0 && path && errno == EACCES)
		holder = listed_holder(path);
	if (fd >= 0)
		close(fd);
	free(path);
	return holder;
}

/* The lock file, our own: another one's gives way. */
static int lock_file_open(const char *path)
{
	int fd = conf_file_open(path, O_RDWR);

	if (fd < 0 && errno == EPERM)
		unlink(path);
	return fd >= 0 ? fd : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* Is it the file of that name, and open to others? */
static bool is_of_old(int fd, const char *path)
{
	struct stat status, named;

	return fstat(fd, &status) == 0 && (status.st_mode & 077) != 0 && stat(path, &named) == 0 &&
	       named.st_ino == status.st_ino && named.st_dev == status.st_dev;
}

static int lock_fail(int fd, int error)
{
	close(fd);
	errno = error;
	return -1;
}

/* -1, with errno, when somebody else holds it or has just removed it, or when it cannot be written. */
static int lock_try(const char *path)
{
	int fd = lock_file_open(path);

	if (fd >= 0 && is_of_old(fd, path)) {
		if (flock(fd, LOCK_EX | LOCK_NB) != 0 && is_alive(lock_holder(fd)))
			return lock_fail(fd, EWOULDBLOCK);
		unlink(path);
		close(fd);
		fd = lock_file_open(path);
	}
	if (fd < 0)
		return -1;
	return conf_lock_acquire(fd) == 0 ? fd : lock_fail(fd, errno);
}

/* Why lock_try failed: somebody else's lock, or a disk that is full. */
static void lock_explain(const char *path, int error, struct conf_report *report)
{
	int fd = error == EWOULDBLOCK ? conf_file_open(path, O_RDONLY) : -1;
	pid_t holder = fd >= 0 ? lock_holder(fd) : 0;

	if (holder != 0)
		conf_report_add(report, "another nat64-relay (pid %d) is running: it has locked %s", (int)holder, path);
	else if (error == EWOULDBLOCK)
		conf_report_add(report,
				"%s is locked by a process that is not visible here, or has just ended: try "
				"again",
				path);
	else
		conf_report_add(report, "cannot lock %s: %s", path, strerror(error));
	if (fd >= 0)
		close(fd);
}

static int named_lock(const struct conf_settings *settings, const char *name, struct conf_report *report)
{
	char *path;
	int lock;

	if (relay_runtime_settle(settings, report) != 0)
		return -1;
	path = relay_runtime_path(settings, name);
	if (!path)
		return -1;
	lock = lock_try(path);
	if (lock < 0)
		lock_explain(path, errno, report);
	free(path);
	return lock;
}

int relay_runtime_open(const struct conf_settings *settings, struct conf_report *report)
{
	return named_lock(settings, "lock", report);
}

int relay_runtime_lock_tailnet(const struct conf_settings *settings, struct conf_report *report)
{
	return named_lock(settings, "tailnet.lock", report);
}

int relay_runtime_lock_reload(const struct conf_settings *settings, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, "reload.lock");
	uint64_t end = relay_clock_ms() + RELOAD_LOCK_MS;
	int lock = -1;

	if (!path || relay_runtime_settle(settings, report) != 0) {
		free(path);
		return -1;
	}
	while ((lock = lock_try(path)) < 0 && errno == EWOULDBLOCK && relay_clock_ms() < end)
		poll(NULL, 0, RELOAD_LOCK_STEP_MS);
	if (lock < 0)
		lock_explain(path, errno, report);
	free(path);
	return lock;
}

int relay_runtime_try_reload(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, "reload.lock");
	int lock = path ? lock_try(path) : RELAY_RUNTIME_FAILED;

	if (lock < 0)
		lock = path && errno == EWOULDBLOCK ? RELAY_RUNTIME_BUSY : RELAY_RUNTIME_FAILED;
	free(path);
	return lock;
}
