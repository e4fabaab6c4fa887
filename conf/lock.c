/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lock file, which holds the pid of the process that has it. */
#include "conf/lock.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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
