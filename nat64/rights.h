/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user that nat64d becomes, and giving up every right. */
#ifndef NAT64_RIGHTS_H
#define NAT64_RIGHTS_H

#include <sys/types.h>

struct conf_report;

struct rights {
	uid_t user;
	gid_t group;
};

/* The user of the settings when we are root, else who we are. 0, or -1 with a message. */
int rights_find(struct rights *rights, const char *user, struct conf_report *report);

/* Become that user for good, without capabilities and without a way to new ones. 0, or -1 with a message. */
int rights_drop(const struct rights *rights, struct conf_report *report);

/* Open a folder that daemons share, made and given to the user when it is missing and its parent is there. The folder's
 * descriptor, or -1 with a message that calls it by directive. */
int rights_folder_open(const struct rights *rights, const char *path, const char *directive, struct conf_report *report);

#endif
