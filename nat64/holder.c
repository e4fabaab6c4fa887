/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One translator a device.
 *
 * A device with several queues lets a second translator attach without a word, and the kernel then deals the flows out to
 * both. Two things keep that from happening: a lock file in the runtime folder, which the kernel lets go of however the
 * holder ends, and the device's carrier (device.c) for a translator with another runtime folder or of another make.
 *
 * Who is attached is not told by the device itself, but by /proc/PID/fdinfo: "iff:" and the device's name.
 */
#include "nat64/holder.h"

#include "conf/report.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "nat64d.lock"

static bool same_network(const char *process)
{
	char path[64];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", process);
	return !stat("/proc/self/ns/net", &own) && !stat(path, &other) && own.st_ino == other.st_ino;
}

/* True when the file descriptor is a queue of the device. */
static bool describes_device(int folder, const char *descriptor, const char *device)
{
	char line[128], name[64];
	int file = openat(folder, descriptor, O_RDONLY | O_CLOEXEC);
	FILE *stream = file < 0 ? NULL : fdopen(file, "r");
	bool found = false;

	while (stream && !found && fgets(line, sizeof(line), stream))
		found = sscanf(line, "iff: %63s", name) == 1 && !strcmp(name, device);
	if (stream)
		fclose(stream);
	else if (file >= 0)
		close(file);
	return found;
}

static bool process_holds(const char *process, const char *device)
{
	char path[64];
	struct dirent *entry;
	bool found = false;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%.20s/fdinfo", process);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder)))
		found = isdigit((unsigned char)*entry->d_name) && describes_device(dirfd(folder), entry->d_name, device);
	if (folder)
		closedir(folder);
	return found;
}

pid_t holder_find(const char *device)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (processes && !found && (entry = readdir(processes)))
		if (isdigit((unsigned char)*entry->d_name) && same_network(entry->d_name) &&
		    process_holds(entry->d_name, device))
			found = (pid_t)strtol(entry->d_name, NULL, 10);
	if (processes)
		closedir(processes);
	return found;
}

static void explain(const char *device, pid_t process, struct conf_report *report)
{
	if (process > 0)
		conf_report_add(report, "another translator holds device %s (pid %d); stop it first", device, (int)process);
	else
		conf_report_add(report, "another translator holds device %s; stop it first", device);
}

void holder_explain(const char *device, struct conf_report *report)
{
	explain(device, holder_find(device), report);
}

/* The process id that the lock's holder wrote; 0 when there is none. */
static pid_t lock_owner(int lock)
{
	char text[32] = "";

	if (pread(lock, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* A file with one name: a second one, which others may have made, would let us write into any file there is. */
static int lock_open(int folder)
{
	int lock = openat(folder, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	struct stat status;

	if (lock < 0 || (fstat(lock, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1))
		return lock;
	close(lock);
	errno = EPERM;
	return -1;
}

int holder_lock(int folder, const char *device, struct conf_report *report)
{
	int lock = lock_open(folder);

	if (lock < 0) {
		conf_report_add(report, "cannot open " LOCK_NAME " in the runtime folder: %s", strerror(errno));
		return -1;
	}
	if (flock(lock, LOCK_EX | LOCK_NB)) {
		explain(device, lock_owner(lock), report);
		close(lock);
		return -1;
	}
	if (ftruncate(lock, 0) || dprintf(lock, "%d\n", (int)getpid()) < 0) {
		conf_report_add(report, "cannot write " LOCK_NAME " in the runtime folder: %s", strerror(errno));
		close(lock);
		return -1;
	}
	return lock;
}
