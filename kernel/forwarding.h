/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes along when forwarding is turned on and off as a whole. */
#ifndef KERNEL_FORWARDING_H
#define KERNEL_FORWARDING_H

struct conf_report;
struct kernel_sysctls;

/*
 * Turn net/ipv4/ip_forward or net/ipv6/conf/all/forwarding on, and remember besides what turning it off again would lose:
 * interfaces that forwarded on their own (but for our device, which goes), and accept_redirects that was off. 0, or -1.
 */
int kernel_forwarding_set(const struct kernel_sysctls *sysctls, const char *name, const char *device,
			  struct conf_report *report);

#endif
