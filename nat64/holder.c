/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One translator a device.
 *
 * A device with several queues lets a second translator attach without a word, and the kernel then deals the flows out to
 * both. Two things keep that from happening: a lock file in the runtime folder, which the kernel lets go of however the
 * holder ends, and the device's carrier (device.c) for a translator with another runtime folder or of another make.
 */
#include "nat64/holder.h"

#include "conf/report.h"
#include "kernel/tun.h"
#include "nat64/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "nat64d.lock"

static void explain(const char *device, pid_t process, struct conf_report *report)
{
	if (process > 0)
		conf_report_add(report, "another translator holds device %s (pid %d); stop it first", device, (int)process);
	else
		conf_report_add(report, "another translator holds device %s; stop it first", device);
}

void holder_explain(const char *device, struct conf_report *report)
{
	explain(device, kernel_tun_holder(device), report);
}

/* The process id that the lock's holder wrote; 0 when there is none. */
static pid_t lock_owner(int lock)
{
	char text[32] = "";

	if (pread(lock, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* The file that is there, or a new one. Not both in one call: in a sticky folder the kernel lets even root open another's file only by
 * a call that would not make it (fs.protected_regular in proc_sys_fs(5)). */
static int file_open(int folder)
{
	static const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int lock = openat(folder, LOCK_NAME, flags);

	return lock < 0 && errno == ENOENT ? openat(folder, LOCK_NAME, flags | O_CREAT, 0644) : lock;
}

/* A file with one name: a second one, which others may have made, would let us write into any file there is. It is handed to our user,
 * as whom nat64d may be started next time. */
static int lock_open(int folder, const struct rights *rights)
{
	int lock = file_open(folder);
	struct stat status;

	if (lock < 0 || (fstat(lock, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1 &&
			 (geteuid() != 0 || fchown(lock, rights->user, rights->group) == 0)))
		return lock;
	close(lock);
	errno = EPERM;
	return -1;
}

int holder_lock(int folder, const struct rights *rights, const char *device, struct conf_report *report)
{
	int lock = lock_open(folder, rights);

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
