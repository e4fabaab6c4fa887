/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files put in place whole: a reader sees the old one or the new one, never a half. */
#ifndef RELAY_FILE_H
#define RELAY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf_report;

/*
 * Write text to path: a temporary file beside it, fsync, rename, fsync of the folder. 0, or -1 with a message.
 * backup, when not NULL, is the name the old file keeps (it must lie in the same file system).
 */
int relay_file_put(const char *path, const char *text, size_t length, mode_t mode, const char *backup,
		   struct conf_report *report);

/* True when path holds exactly text. */
bool relay_file_is(const char *path, const char *text, size_t length);

/* Make the folder that path lies in, and those above it (mode 0755). 0, or -1 with a message. */
int relay_file_parents_make(const char *path, struct conf_report *report);

#endif
