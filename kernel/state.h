/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `nat64-relay up` puts into the kernel besides nftables: device, address, routes, policy rules, sysctls. */
#ifndef KERNEL_STATE_H
#define KERNEL_STATE_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct kernel_item;

enum kernel_item_state {
	KERNEL_ITEM_OK,      /* was there, and is left alone */
	KERNEL_ITEM_MISSING, /* compare: should be there and is not */
	KERNEL_ITEM_ADDED,   /* apply put it there */
	KERNEL_ITEM_REMOVED, /* taken away, or the value from before put back */
};

/* Called for every item in order. what: "route fd64::/96 dev nat64", "net.ipv4.ip_forward = 1"... */
typedef void kernel_observer(void *context, const char *what, enum kernel_item_state state);

/*
 * Put every item in place, and take away those that earlier settings left; what is right already is left alone, so that a
 * second call changes nothing. What stands in the way (a foreign device of the name, the prefix routed elsewhere, no such
 * user) is found before anything is changed. 0, or -1. The observer may be NULL.
 */
int kernel_state_apply(const struct conf_settings *settings, kernel_observer *observer, void *context,
		       struct conf_report *report);

/* The number of items that are missing, or -1. Changes nothing. */
int kernel_state_compare(const struct conf_settings *settings, kernel_observer *observer, void *context,
			 struct conf_report *report);

/* permit is called before a missing item is put back (false: not now), done after it. */
struct kernel_repairer {
	bool (*permit)(void *context, const struct kernel_item *item);
	void (*done)(void *context, const struct kernel_item *item);
	void *context;
};

/*
 * Put back what is missing, and no more. An item that cannot be put back does not stop the rest: the report has the obstacle. The
 * number of items that are still missing, or -1.
 */
int kernel_state_repair(const struct conf_settings *settings, const struct kernel_repairer *repairer,
			struct conf_report *report);

/* Does the item go with the device, when that goes or is set down? */
bool kernel_item_is_on_device(const struct kernel_item *item);

/* Take away what apply put there, and nothing else: goes on after a failure. 0, or -1 when something stayed. */
int kernel_state_remove(const struct conf_settings *settings, kernel_observer *observer, void *context,
			struct conf_report *report);

#endif
