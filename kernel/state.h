/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `nat64-relay up` puts into the kernel besides nftables: device, address, routes, policy rules, sysctls. */
#ifndef KERNEL_STATE_H
#define KERNEL_STATE_H

struct conf_report;
struct conf_settings;

enum kernel_item_state {
	KERNEL_ITEM_OK,      /* was there, and is left alone */
	KERNEL_ITEM_MISSING, /* compare: should be there and is not */
	KERNEL_ITEM_ADDED,   /* apply put it there */
	KERNEL_ITEM_REMOVED, /* taken away, or the value from before put back */
};

/* Told of every item in order. what: "route fd64::/96 dev nat64", "net.ipv4.ip_forward = 1"... */
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

/* Take away what apply put there, and nothing else: goes on after a failure. 0, or -1 when something stayed. */
int kernel_state_remove(const struct conf_settings *settings, kernel_observer *observer, void *context,
			struct conf_report *report);

#endif
