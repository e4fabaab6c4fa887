/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One translator a device.
 *
 * A device with several queues lets a second translator attach without a word, and the kernel then deals the flows out to
 * both. Two things keep that from happening: a lock file in the runtime folder, which the kernel lets go of however the
 * holder ends (root's own file in root's folder, or a file of the daemons' user among the sockets: who could open it could hold it), and the device's carrier (device.c) for a translator with another runtime folder or of another make.
 */
#include "nat64/pool/lock.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/tree.h"
#include "kernel/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME CONF_RUNTIME_NAT64D_LOCK

static void explain(const char *device, pid_t process, struct conf_report *report)
{
	if (process > 0)
		conf_report_add(report, "another translator uses device %s (pid %d); stop it first", device, (int)process);
	else
		conf_report_add(report, "another translator uses device %s; stop it first", device);
}

void nat64_lock_explain(const char *device, struct conf_report *report)
{
	explain(device, kernel_tun_holder(device), report);
}

/* The process that holds the lock; 0 when it has ended, or has written none. */
static pid_t lock_owner(int lock)
{
	pid_t process = conf_lock_pid(lock);

	return process > 0 && (kill(process, 0) == 0 || errno == EPERM) ? process : 0;
}

/* Our own, and nobody else may open it: who could, could hold it. */
static bool is_own(int lock)
{
	struct stat status;

	return fstat(lock, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 077) == 0;
}

/* The file that is there, or a new one in the place of whatever is there. */
static int lock_open(int folder)
{
	int lock = conf_file_open_at(folder, LOCK_NAME, O_RDWR, 0);

	if (lock >= 0 && is_own(lock))
		return lock;
	if (lock >= 0)
		close(lock);
	if (conf_tree_remove(folder, LOCK_NAME, folder))
		return -1;
	return conf_file_open_at(folder, LOCK_NAME, O_RDWR | O_CREAT | O_EXCL, 0600);
}

int nat64_lock_lock(int folder, const char *device, struct conf_report *report)
{
	int lock = lock_open(folder);

	if (lock < 0)
		return conf_report_add(report, "cannot open " LOCK_NAME " in the runtime folder: %s", strerror(errno));
	if (conf_lock_acquire(lock)) {
		if (errno == EWOULDBLOCK)
			explain(device, lock_owner(lock), report);
		else
			conf_report_add(report, "cannot write " LOCK_NAME " in the runtime folder: %s", strerror(errno));
		close(lock);
		return -1;
	}
	return lock;
}
