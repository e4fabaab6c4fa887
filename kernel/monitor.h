/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's notices of changes: links, addresses, routes, policy rules, forwarding. */
#ifndef KERNEL_MONITOR_H
#define KERNEL_MONITOR_H

#include <stdbool.h>
#include <sys/types.h>

struct conf_report;
struct conf_settings;
struct nlmsghdr;

/* What one round of reading told. */
struct kernel_notice {
	bool concerns; /* something may have changed that the settings want otherwise: compare */
	pid_t by;      /* who took something away, as the kernel names the sender; 0: nobody, or not known */
};

/* A socket that all notices come to. Its descriptor, which never waits; -1 with a message. */
int kernel_monitor_open(struct conf_report *report);

/* Read what has come. Notices that were lost for want of room concern everything. */
struct kernel_notice kernel_monitor_read(int descriptor, const struct conf_settings *settings);

/* The part, for tests: does this notice concern the settings? Routes of others elsewhere do not. */
bool kernel_monitor_concerns(const struct nlmsghdr *message, const struct conf_settings *settings);

#endif
