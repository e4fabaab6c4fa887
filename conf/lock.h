/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lock file, which holds the pid of the process that has it. */
#ifndef CONF_LOCK_H
#define CONF_LOCK_H

#include <sys/types.h>

/*
 * Lock an open file with flock(2), which the kernel lets go of however we end, and write our pid into it, as a line. 0, or -1 with errno:
 * EWOULDBLOCK, another process has it, or has just removed it.
 */
int conf_lock_acquire(int file);

/* The pid in a lock file, 0 when there is none. The process may have ended. */
pid_t conf_lock_pid(int file);

#endif
