/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes of both families, in every table. */
#ifndef KERNEL_ROUTE_H
#define KERNEL_ROUTE_H

#include "conf/prefix.h"

#include <net/if.h>
#include <stdbool.h>

struct conf_report;
struct nlmsghdr;

struct kernel_route {
	struct conf_prefix to;
	struct in_addr source; /* IPv4: the address to send from; 0.0.0.0 for none */
	uint32_t table;        /* RT_TABLE_MAIN, RT_TABLE_LOCAL, 52 (Tailscale's)... */
	unsigned type;         /* RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST... */
	unsigned protocol;     /* who made it: RTPROT_KERNEL, RTPROT_RA...; ours is KERNEL_PROTOCOL */
	uint32_t metric;
	uint32_t mtu;             /* octets (RTAX_MTU); 0: the device's */
	int index;                /* of the (first) device, 0 for none (a blackhole) */
	char device[IF_NAMESIZE]; /* its name, or "" */
};

/* Marks what we make (RTA_PROTOCOL, FRA_PROTOCOL, IFA_PROTO) as ours: a number that no program is known for. */
#define KERNEL_PROTOCOL 64

/* Called for each; anything but 0 stops the walk. */
typedef int kernel_route_visitor(void *context, const struct kernel_route *route);

/* Every route of every table. 0, what stopped it, or -1 (visitors: return positive numbers). */
int kernel_route_walk(kernel_route_visitor *visitor, void *context, struct conf_report *report);

/* 1 done, 0 was so already (remove: was not there), -1. */
int kernel_route_add(const struct kernel_route *route, struct conf_report *report);
/* Put in the place of a route to the same destination with the same metric, whosever it is. 1 done, -1. */
int kernel_route_replace(const struct kernel_route *route, struct conf_report *report);
int kernel_route_remove(const struct kernel_route *route, struct conf_report *report);

/* The parts, for tests. type: RTM_NEWROUTE or RTM_DELROUTE. parse: 0, or -1 when the message is no route. */
struct nlmsghdr *kernel_route_build(void *buffer, int type, const struct kernel_route *route);
int kernel_route_parse(const struct nlmsghdr *message, struct kernel_route *route);

#endif
