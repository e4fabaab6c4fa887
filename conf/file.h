/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in folders that others may write to as well: put in place whole, and believed only when they are our own; lock files; and descriptors 0 to 2. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf_report;

/*
 * Open a file that we or root have made: a regular one with one name, reached through no link. flags: O_RDONLY or O_RDWR. Never
 * waits. The descriptor, or -1 with errno: ENOENT there is none, EPERM it is somebody else's or no file.
 */
int conf_file_open(const char *path, int flags);

/*
 * Open a regular file with one name, of any owner, reached through no link, in an open folder or AT_FDCWD. A second name, which others may
 * have made, would let us read or write any file there is. flags: of open(2); mode: with O_CREAT. Never waits. As conf_file_open.
 */
int conf_file_open_at(int folder, const char *name, int flags, mode_t mode);

/* Behind the name of a file: the next one, which a crash may leave. */
#define CONF_FILE_BEGUN ".new"

/*
 * Write text to path: a temporary file beside it, fsync, rename, fsync of the folder. A reader sees the old one or the new one,
 * never a half. 0, or -1 with a message. backup, when not NULL, is the name the old file keeps (in the same file system).
 */
int conf_file_put(const char *path, const char *text, size_t length, mode_t mode, const char *backup,
		  struct conf_report *report);

/* True when path is our own file (conf_file_open) and holds exactly text. */
bool conf_file_is(const char *path, const char *text, size_t length);

/* Make the folder that path lies in, and those above it (mode 0755). 0, or -1 with a message. */
int conf_file_parents_make(const char *path, struct conf_report *report);

/*
 * Lock an open file with flock(2), which the kernel lets go of however we end, and write our pid into it, as a line. 0, or -1 with errno:
 * EWOULDBLOCK, another process has it, or has just removed it.
 */
int conf_lock_acquire(int file);

/* The pid in a lock file, 0 when there is none. The process may have ended. */
pid_t conf_lock_pid(int file);

/*
 * Open /dev/null in the place of each of standard input, output and error that the caller has closed. Otherwise the next file, socket or device that is
 * opened has its number, and gets what is printed. To be called before anything is opened. False: one of them is closed, and there is no /dev/null.
 */
bool conf_standard_open(void);

#endif
