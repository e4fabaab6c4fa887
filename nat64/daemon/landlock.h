/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and folders that stay in reach of this process; the kernel's Landlock keeps it from all others. */
#ifndef NAT64_DAEMON_LANDLOCK_H
#define NAT64_DAEMON_LANDLOCK_H

#include <stdint.h>

struct conf_report;

struct nat64d_landlock {
	int rules;      /* -1: this kernel has no Landlock */
	uint64_t files; /* LANDLOCK_ACCESS_FS_*, what the kernel knows to refuse */
};

enum nat64d_landlock_use {
	NAT64D_LANDLOCK_READ,   /* files below it are read */
	NAT64D_LANDLOCK_WRITE,  /* files are read, written, made, replaced and removed */
	NAT64D_LANDLOCK_REMOVE, /* files may be taken away */
	NAT64D_LANDLOCK_LIST,   /* files below it are read, and folders are listed */
};

/* Begin with nothing in reach. 0; also where the kernel has no Landlock, with one notice. -1 with a message. */
int nat64d_landlock_begin(struct nat64d_landlock *landlock, struct conf_report *notices, struct conf_report *report);

/* Let a folder, or a file, be in reach, which is open (any flags, O_PATH too). A negative descriptor is nothing to allow. 0, or -1 with
 * a message. */
int nat64d_landlock_allow(const struct nat64d_landlock *landlock, int folder, enum nat64d_landlock_use use,
			  struct conf_report *report);

/* The same for a path; one that is not there is nothing to allow. */
int nat64d_landlock_allow_path(const struct nat64d_landlock *landlock, const char *path, enum nat64d_landlock_use use,
			       struct conf_report *report);

/* Let the folder of a file be read, as it is named and where links lead. NULL is nothing to allow. */
int nat64d_landlock_allow_beside(const struct nat64d_landlock *landlock, const char *file, struct conf_report *report);

/* Keep this thread, and all that it starts, to that. Needs no_new_privs. 0, or -1 with a message. */
int nat64d_landlock_close(struct nat64d_landlock *landlock, struct conf_report *report);

/* Without closing it: the rules are forgotten. */
void nat64d_landlock_drop(struct nat64d_landlock *landlock);

#endif
