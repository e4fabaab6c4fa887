/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket in the groups of rtnetlink that tell of what items.c lists. Forwarding and rp_filter are among the kernel's
 * "netconf" notices; other sysctls send none.
 *
 * A router with a full table changes its routes all the time: of routes only those count that are ours, or that lie in a
 * destination of ours. Of all else there is little, and every notice counts. A notice bears the port of the socket that asked
 * for the change: by the kernel's choice that is the process id for a program's first socket, and above every process id for
 * its others.
 */
#include "kernel/monitor.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/netlink.h"
#include "kernel/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_SIZE 32768
#define ROOM (1 << 20) /* of the socket's queue, when we may */
#define PID_LIMIT (1 << 22) /* the kernel's PID_MAX_LIMIT */

static const enum rtnetlink_groups groups[] = {
	RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
	RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE, RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF,
};

static int groups_join(int descriptor)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		if (setsockopt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			return -1;
	}
	return 0;
}

int kernel_monitor_open(struct conf_report *report)
{
	const struct sockaddr_nl own = { .nl_family = AF_NETLINK };
	int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE), room = ROOM;

	if (descriptor >= 0 && bind(descriptor, (const struct sockaddr *)&own, sizeof(own)) == 0 && groups_join(descriptor) == 0) {
		setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		return descriptor;
	}
	conf_report_add(report, "cannot listen to the kernel's notices of routes: %s", strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

static bool prefix4_meets(const struct conf_prefix4 *ours, const struct kernel_destination *to)
{
	return to->family == AF_INET && conf_prefix4_contains(ours, to->v4.address);
}

static bool route_concerns(const struct kernel_route *route, const struct conf_settings *settings)
{
	if (route->protocol == KERNEL_PROTOCOL)
		return true;
	for (size_t i = 0; i < settings->prefix_count; i++)
		if (route->to.family == AF_INET6 && conf_prefix6_contains(&settings->prefixes[i].prefix, &route->to.v6.address))
			return true;
	for (size_t i = 0; i < settings->map_count; i++)
		if (prefix4_meets(&settings->maps[i].v4, &route->to))
			return true;
	return (settings->has_dynamic_pool && prefix4_meets(&settings->dynamic_pool, &route->to)) ||
	       (settings->has_twin && prefix4_meets(&settings->twin.twin, &route->to));
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
	       message->nlmsg_type == RTM_DELADDR || message->nlmsg_type == RTM_DELLINK || message->nlmsg_type == RTM_NEWNETCONF;
}

static void datagram_read(const char *buffer, ssize_t length, const struct conf_settings *settings, struct kernel_notice *notice)
{
	int left = (int)length;

	for (const struct nlmsghdr *message = (const struct nlmsghdr *)buffer; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left)) {
		if (!kernel_monitor_concerns(message, settings))
			continue;
		notice->concerns = true;
		if (takes_away(message) && message->nlmsg_pid > 0 && message->nlmsg_pid <= PID_LIMIT)
			notice->by = (pid_t)message->nlmsg_pid;
	}
}

struct kernel_notice kernel_monitor_read(int descriptor, const struct conf_settings *settings)
{
	struct kernel_notice notice = { .concerns = false };
	char *buffer = malloc(RECEIVE_SIZE);
	ssize_t length;

	if (!buffer)
		notice.concerns = true;
	while (buffer) {
		length = recv(descriptor, buffer, RECEIVE_SIZE, 0);
		if (length >= 0)
			datagram_read(buffer, length, settings, &notice);
		else if (errno == ENOBUFS)
			notice.concerns = true;
		else if (errno != EINTR)
			break;
	}
	free(buffer);
	return notice;
}
