/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sysctls, and the memory of what they were before us. */
#ifndef KERNEL_SYSCTL_H
#define KERNEL_SYSCTL_H

#include <stdbool.h>

struct conf_report;

/* Where they are: tests have trees of their own. */
struct kernel_sysctls {
	const char *root;   /* "/proc/sys" */
	const char *memory; /* RUNTIME_DIR/sysctl.json */
};

#define KERNEL_SYSCTL_NAME  96 /* "net/ipv6/conf/IFNAME/accept_ra": a path below the root */
#define KERNEL_SYSCTL_VALUE 64 /* without the newline */

/* 0 and the value, or -1 with errno. */
int kernel_sysctl_read(const struct kernel_sysctls *sysctls, const char *name, char value[KERNEL_SYSCTL_VALUE]);

/* True when the sysctl is there and has this value. */
bool kernel_sysctl_is(const struct kernel_sysctls *sysctls, const char *name, const char *value);

/* True when nobody may write it here: it lies on a file system that is mounted read-only, as in a container. */
bool kernel_sysctl_is_readonly(const struct kernel_sysctls *sysctls, const char *name);

/* The name as sysctl(8) writes it: dots for slashes, slashes for the dots in an interface's name. */
const char *kernel_sysctl_print(const char *name, char text[KERNEL_SYSCTL_NAME]);

/* Set it. 0, or -1. */
int kernel_sysctl_write(const struct kernel_sysctls *sysctls, const char *name, const char *value,
			struct conf_report *report);

/* Remember what it is, and that we are about to set it to value: the first memory of a name stays. 0, or -1. */
int kernel_sysctl_claim(const struct kernel_sysctls *sysctls, const char *name, const char *value,
			struct conf_report *report);

/* Remember a value that another change takes along; it is put back whatever it is by then. 0, or -1. */
int kernel_sysctl_remember(const struct kernel_sysctls *sysctls, const char *name, struct conf_report *report);

/* Called for each value that is put back: "net.ipv4.ip_forward = 0". */
typedef void kernel_sysctl_observer(void *context, const char *what);

/*
 * Put back what is remembered, in the order in which it was changed, and forget it. A value that is no longer what we set was
 * changed by somebody since, and stays. No memory: nothing to do. 0, or -1 when something could not be put back.
 */
int kernel_sysctl_restore(const struct kernel_sysctls *sysctls, kernel_sysctl_observer *observer, void *context,
			  struct conf_report *report);

/*
 * Turn net/ipv4/ip_forward or net/ipv6/conf/all/forwarding on, and remember besides what turning it off again would lose:
 * interfaces that forwarded on their own (but for our device, which goes), and accept_redirects that was off. 0, or -1.
 */
int kernel_forwarding_set(const struct kernel_sysctls *sysctls, const char *name, const char *device,
			  struct conf_report *report);

#endif
