/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netlink events of the kernel: links, addresses, routes, policy rules, forwarding. */
#ifndef KERNEL_MONITOR_H
#define KERNEL_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conf_settings;
struct nlmsghdr;

/* What one round of reading has shown. */
struct kernel_changes {
	bool concerns; /* something may have changed that the settings want otherwise: compare */
	pid_t by;      /* who took something away, as the kernel names the sender; 0: nobody, or not known */
};

/* The groups of NETLINK_ROUTE that a listener has to join; RTNLGRP_NONE ends them. */
extern const int kernel_monitor_groups[];

/*
 * A socket that the events of these groups (RTNLGRP_NONE, which is 0, ends them) come to, and that never waits; -1: not to be had, now. Its queue is enlarged
 * when we may: an event that finds no room is lost (ENOBUFS), and then all that is known is that something has changed.
 */
int kernel_monitor_open(int protocol, const int *groups);

/* One datagram of events: adds to the changes. */
void kernel_monitor_parse(const void *datagram, size_t length, const struct conf_settings *settings,
			  struct kernel_changes *changes);

/* The part, for tests: does this event concern the settings? Routes of others elsewhere do not. */
bool kernel_monitor_concerns(const struct nlmsghdr *message, const struct conf_settings *settings);

#endif
