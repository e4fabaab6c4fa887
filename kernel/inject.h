/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that the kernel takes as if they had come in by a device of its own. */
#ifndef KERNEL_INJECT_H
#define KERNEL_INJECT_H

struct conf_report;

/*
 * Open a way in: an IP packet that is written to the descriptor, in one write and of at most 1279 octets, comes in by the device. To be closed, which
 * leaves nothing behind. -1 with a line in the report.
 */
int kernel_inject_open(const char *device, struct conf_report *report);

#endif
