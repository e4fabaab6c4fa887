/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translator's persistent TUN device. */
#ifndef KERNEL_TUN_H
#define KERNEL_TUN_H

#include <sys/types.h>

struct conf_report;
struct kernel_link;

/* Is /dev/net/tun there and may we open it? 0, or -1 with what to do about it. */
int kernel_tun_available(struct conf_report *report);

/* Is this link such a device as kernel_tun_create makes, owned by the user? 0, or -1 with what is different. */
int kernel_tun_check(const struct kernel_link *link, uid_t owner, struct conf_report *report);

/*
 * Make the device: TUN, no packet information, virtio-net header, several queues, persistent, owned by the user, who
 * then needs no rights to attach. 0, or -1.
 */
int kernel_tun_create(const char *name, uid_t owner, struct conf_report *report);

/* Let the device go: it disappears when nobody is attached any more. 0, or -1. */
int kernel_tun_remove(const char *name, struct conf_report *report);

#endif
