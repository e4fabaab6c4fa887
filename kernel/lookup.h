/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel would do with a packet now: rules, tables, routes and reverse-path filtering as they are, like `ip route get`. */
#ifndef KERNEL_LOOKUP_H
#define KERNEL_LOOKUP_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct conf_address;
struct conf_report;

/* By which device would the kernel send there? 1 and the device's name; 0 nowhere: there is no route, or one that refuses; -1. */
int kernel_lookup_device(const struct conf_address *to, char device[IF_NAMESIZE], struct conf_report *report);

/* To which router would the kernel send a packet for this IPv6 address? 1; 0 to none, :: then; -1. */
int kernel_lookup_router(const struct in6_addr *to, struct in6_addr *router, struct conf_report *report);

/* An IPv4 packet that comes in by a device. mark: its skb->mark when it is routed, as rules in prerouting may have set it. */
struct kernel_arrival {
	struct in_addr from, to;
	int device; /* its index */
	uint32_t mark;
};

/* Would the kernel take it? False when reverse-path filtering or the routes refuse it, and when the kernel cannot be asked. */
bool kernel_lookup_takes(const struct kernel_arrival *arrival);

#endif
