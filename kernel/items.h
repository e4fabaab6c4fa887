/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The items of the kernel state, one by one: what should be there by the settings. */
#ifndef KERNEL_ITEMS_H
#define KERNEL_ITEMS_H

#include "kernel/address.h"
#include "kernel/route.h"
#include "kernel/rule.h"
#include "kernel/sysctl.h"

#include <stddef.h>
#include <sys/types.h>

struct conf_report;
struct conf_settings;

enum kernel_item_kind { KERNEL_DEVICE, KERNEL_UP, KERNEL_ADDRESS, KERNEL_ROUTE, KERNEL_RULE, KERNEL_SYSCTL };

struct kernel_item {
	enum kernel_item_kind kind;
	char what[CONF_PREFIX_TEXT + KERNEL_SYSCTL_NAME + 64]; /* for people */
	union {
		struct conf_address address; /* of the device */
		struct conf_prefix to;       /* of a route to the device, of a rule */
		struct {
			char name[KERNEL_SYSCTL_NAME];
			char value[16];
			bool device;     /* of our own device: gone with it, so nothing to remember */
			bool forwarding; /* takes other values along (kernel_forwarding_set) */
			bool silent;     /* of the device too, and set by kernel_link_set_silent */
		} sysctl;
	};
};

/* As large as it gets: nothing is ever too big for the device, the overlay's path MTU decides. */
#define KERNEL_DEVICE_MTU 65535

struct kernel_items {
	struct kernel_item *items;
	size_t count;
	bool failed; /* out of memory */
};

/* Every item in the order in which it is put in place. What depends on the machine is looked up: strict rp_filter, routes by RA. */
int kernel_items_build(struct kernel_items *items, const struct conf_settings *settings,
		       const struct kernel_sysctls *sysctls, struct conf_report *report);

void kernel_items_clear(struct kernel_items *items);

#endif
