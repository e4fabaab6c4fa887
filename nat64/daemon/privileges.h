/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user that nat64d becomes, and giving up every privilege. */
#ifndef NAT64_DAEMON_PRIVILEGES_H
#define NAT64_DAEMON_PRIVILEGES_H

#include <sys/types.h>

struct conf_report;

struct nat64d_privileges {
	uid_t user;
	gid_t group;
	uid_t starter; /* who may change things besides root: who started us, unless that is the daemons' own user; else 0 */
	int root;      /* the folder that becomes the root directory; -1: none does */
	/* what stays in reach */
	int data;                        /* the folder of the leases; -1: none */
	int sockets;                     /* the folder that the socket is taken out of at the end; -1: none */
	const char *settings, *map_file; /* are read again by a reload, and what lies beside them may be read; NULL: none */
};

/* The user and the group when we are root, else who we are. Both by name; without a group (NULL) it is the user's own. 0, or -1 with
 * a message. */
int nat64d_privileges_find(struct nat64d_privileges *privileges, const char *user, const char *group,
			   struct conf_report *report);

/* Become that user for good, without capabilities and without a way to new ones, with those files and the system calls of seccomp.c
 * alone. What the kernel cannot refuse is a notice. 0, or -1 with a message. */
int nat64d_privileges_drop(const struct nat64d_privileges *privileges, struct conf_report *notices,
			   struct conf_report *report);

/* Open data-dir, which is the user's own; made when it is missing and its parent is there. The folder's descriptor, or -1 with a message. */
int nat64d_privileges_data_open(const struct nat64d_privileges *privileges, const char *path, struct conf_report *report);

/* Open runtime-dir, and in *sockets the folder of the sockets in it (conf/runtime.h); both made when they are missing. The descriptor of
 * the first, or -1 with a message. */
int nat64d_privileges_runtime_open(const struct nat64d_privileges *privileges, const char *path, int *sockets,
				   struct conf_report *report);

#endif
