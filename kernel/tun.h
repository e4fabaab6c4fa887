/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translator's persistent TUN device. */
#ifndef KERNEL_TUN_H
#define KERNEL_TUN_H

#include <stdbool.h>
#include <sys/types.h>

struct conf_report;
struct kernel_link;

/* Is /dev/net/tun there and may we open it? 0, or -1 with what to do about it. */
int kernel_tun_available(struct conf_report *report);

/*
 * Is a link of this name what nat64d can attach to: TUN without packet information, with virtio-net header and several
 * queues? 0, or -1: somebody else's.
 */
int kernel_tun_check(const struct kernel_link *link, struct conf_report *report);

/* Is it as kernel_tun_create leaves it: persistent, and this user's? */
bool kernel_tun_is_ready(const struct kernel_link *link, uid_t owner);

/* Make the device, or take the one of the name that passed the check: persistent, its owner attaches without privileges. 0, or -1. */
int kernel_tun_create(const char *name, uid_t owner, struct conf_report *report);

/* A process of our network namespace, but not this one, that is attached to the device; 0: none is seen. */
pid_t kernel_tun_holder(const char *device);

#endif
