/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of this machine. */
#ifndef KERNEL_ADDRESS_H
#define KERNEL_ADDRESS_H

#include "conf/settings.h"

#include <net/if.h>

struct nlmsghdr;

struct kernel_address {
	struct conf_address address;
	unsigned length;   /* of its prefix */
	unsigned protocol; /* who made it (IFA_PROTO): KERNEL_PROTOCOL, or 0 */
	int index;
	char device[IF_NAMESIZE];
};

/* Called for each; anything but 0 stops the walk. */
typedef int kernel_address_visitor(void *context, const struct kernel_address *address);

/* Every address of both families. 0, what stopped it, or -1 (visitors: return positive numbers). */
int kernel_address_walk(kernel_address_visitor *visitor, void *context, struct conf_report *report);

/* Which link owns the address? 1 and its name in device, 0 none of this machine, -1. */
int kernel_address_owner(const struct conf_address *address, char device[IF_NAMESIZE], struct conf_report *report);

/* Put an address on a link, with its prefix length; or take it off. 1 done, 0 was so already, -1. */
int kernel_address_add(const struct kernel_address *address, struct conf_report *report);
int kernel_address_remove(const struct kernel_address *address, struct conf_report *report);

/* The parts, for tests. type: RTM_NEWADDR or RTM_DELADDR. parse: 0, or -1 when the message is no address. */
struct nlmsghdr *kernel_address_build(void *buffer, int type, const struct kernel_address *address);
int kernel_address_parse(const struct nlmsghdr *message, struct kernel_address *address);

#endif
