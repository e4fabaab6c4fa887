/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups of rtnetlink with events about the items of items.c. Forwarding and rp_filter are among the kernel's
 * "netconf" events; other sysctls send none.
 *
 * A router with a full table changes its routes all the time: of routes only those count that are ours, or that lie in a
 * destination of ours. Of all else there is little, and every event counts. An event bears the port of the socket that asked
 * for the change: by the kernel's choice that is the process id for a program's first socket, and above every process id for
 * its others.
 */
#include "kernel/monitor.h"

#include "conf/settings.h"
#include "kernel/netlink.h"
#include "kernel/route.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#define PID_LIMIT (1 << 22) /* the kernel's PID_MAX_LIMIT */

enum { QUEUE_SIZE = 1 << 20 };

const int kernel_monitor_groups[] = {
	RTNLGRP_LINK,      RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,  RTNLGRP_IPV4_ROUTE,   RTNLGRP_IPV6_ROUTE,
	RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE,   RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF, RTNLGRP_NONE,
};

/* groups: up to a 0. */
static int groups_join(int descriptor, const int *groups)
{
	for (; *groups != 0; groups++)
		if (setsockopt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, groups, sizeof(*groups)) < 0)
			return -1;
	return 0;
}

int kernel_monitor_open(int protocol, const int *groups)
{
	const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
	int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol), size = QUEUE_SIZE;

	if (descriptor < 0)
		return -1;
	if (bind(descriptor, (const struct sockaddr *)&own, sizeof(own)) == 0 && groups_join(descriptor, groups) == 0) {
		setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		return descriptor;
	}
	close(descriptor);
	return -1;
}

static bool prefix4_meets(const struct conf_prefix4 *ours, const struct conf_prefix *to)
{
	return to->family == AF_INET && conf_prefix4_contains(ours, to->v4.address);
}

static bool prefix6_meets(const struct conf_prefix6 *ours, const struct conf_prefix *to)
{
	return to->family == AF_INET6 && conf_prefix6_contains(ours, &to->v6.address);
}

static bool route_concerns(const struct kernel_route *route, const struct conf_settings *settings)
{
	if (route->protocol == KERNEL_PROTOCOL)
		return true;
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (prefix6_meets(&settings->common.prefixes[i].prefix, &route->to))
			return true;
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (prefix4_meets(&settings->translation.maps[i].v4, &route->to))
			return true;
	return (settings->translation.has_dynamic_pool && prefix4_meets(&settings->translation.dynamic_pool, &route->to)) ||
	       (settings->common.has_twin && prefix4_meets(&settings->common.twin.twin, &route->to)) ||
	       (settings->common.has_twin6 && prefix6_meets(&settings->common.twin6.twin, &route->to));
}

bool kernel_monitor_concerns(const struct nlmsghdr *message, const struct conf_settings *settings)
{
	struct kernel_route route;

	if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE)
		return true;
	return kernel_route_parse(message, &route) == 0 && route_concerns(&route, settings);
}

static bool takes_away(const struct nlmsghdr *message)
{
	return message->nlmsg_type == RTM_DELROUTE || message->nlmsg_type == RTM_DELRULE ||
	       message->nlmsg_type == RTM_DELADDR || message->nlmsg_type == RTM_DELLINK ||
	       message->nlmsg_type == RTM_NEWNETCONF;
}

void kernel_monitor_parse(const void *datagram, size_t length, const struct conf_settings *settings,
			  struct kernel_changes *changes)
{
	int left = (int)length;

	for (const struct nlmsghdr *message = datagram; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left)) {
		if (!kernel_monitor_concerns(message, settings))
			continue;
		changes->concerns = true;
		if (takes_away(message) && message->nlmsg_pid > 0 && message->nlmsg_pid <= PID_LIMIT)
			changes->by = (pid_t)message->nlmsg_pid;
	}
}
