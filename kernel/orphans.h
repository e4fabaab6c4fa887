/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bears our mark (KERNEL_PROTOCOL) and is wanted no more: of settings that have changed since. */
#ifndef KERNEL_ORPHANS_H
#define KERNEL_ORPHANS_H

struct conf_report;
struct kernel_items;
struct kernel_link;

/* Called for each item that was removed. */
typedef void kernel_orphans_observer(void *context, const char *what);

/*
 * Remove our policy rules, routes and addresses that are not among the items: every one of them when there are no items. Routes
 * and addresses only on our device; index 0: there is none. Goes on after a failure. 0, or -1 when something stayed.
 */
int kernel_orphans_remove(const struct kernel_items *items, const struct kernel_link *device,
			  kernel_orphans_observer *observer, void *context, struct conf_report *report);

#endif
