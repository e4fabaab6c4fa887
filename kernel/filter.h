/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's BPF program among the filters of tc on a device's egress. */
#ifndef KERNEL_FILTER_H
#define KERNEL_FILTER_H

struct conf_report;

/* Put the program of this descriptor on the device's egress, in the place of an earlier one, in one step. 0, or -1 with a message. */
int kernel_filter_attach(int index, int program, struct conf_report *report);

/* Is what kernel_filter_attach() put there still there? 1, 0; -1 with a message. Needs no capability. */
int kernel_filter_find(int index, struct conf_report *report);

/* Take it away. 1: done, 0: there was none, which needs no capability; -1 with a message. */
int kernel_filter_remove(int index, struct conf_report *report);

#endif
