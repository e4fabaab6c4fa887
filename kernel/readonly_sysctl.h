/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sysctls as they are given in a container: to be read, and not to be written. */
#ifndef KERNEL_READONLY_SYSCTL_H
#define KERNEL_READONLY_SYSCTL_H

struct conf_report;
struct conf_settings;

/*
 * 0: every sysctl is right, or can be set. -1: one is wrong and /proc/sys is read-only; the report has one line with the options that
 * the container's engine needs for all of them. Changes nothing.
 */
int kernel_readonly_sysctl_check(const struct conf_settings *settings, struct conf_report *report);

#endif
