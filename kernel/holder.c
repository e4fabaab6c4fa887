/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that is attached to a TUN device. The device itself does not name it, but /proc/PID/fdinfo does: "iff:" and the device's name.
 * A process that this user may not examine (proc(5), ptrace access) is not found.
 */
#include "kernel/tun.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

pid_t kernel_tun_holder(const char *device)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (processes && !found && (entry = readdir(processes))) {
		long process = strtol(entry->d_name, NULL, 10);

		if (process > 0 && process != getpid() && same_network(entry->d_name) &&
		    process_holds(entry->d_name, device))
			found = (pid_t)process;
	}
	if (processes)
		closedir(processes);
	return found;
}
