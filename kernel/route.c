/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes by RTM_GETROUTE, RTM_NEWROUTE and RTM_DELROUTE (rtnetlink(7)). Of a multipath route the first hop stands for all. */
#include "kernel/route.h"

#include "conf/report.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static int first_hop(const struct nlmsghdr *message)
{
	const struct nlattr *hops = kernel_netlink_attribute(message, sizeof(struct rtmsg), RTA_MULTIPATH);
	const struct rtnexthop *hop = hops ? mnl_attr_get_payload(hops) : NULL;

	return hop && mnl_attr_get_payload_len(hops) >= sizeof(*hop) ? hop->rtnh_ifindex : 0;
}

int kernel_route_parse(const struct nlmsghdr *message, struct kernel_route *route)
{
	const struct rtmsg *fixed = mnl_nlmsg_get_payload(message);
	const size_t size = sizeof(*fixed);

	memset(route, 0, sizeof(*route));
	if ((message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE) ||
	    mnl_nlmsg_get_payload_len(message) < size || (fixed->rtm_family != AF_INET && fixed->rtm_family != AF_INET6))
		return -1;
	kernel_netlink_prefix(kernel_netlink_attribute(message, size, RTA_DST), fixed->rtm_family, fixed->rtm_dst_len,
			      &route->to);
	route->table = fixed->rtm_table;
	route->type = fixed->rtm_type;
	route->protocol = fixed->rtm_protocol;
	kernel_netlink_value(kernel_netlink_attribute(message, size, RTA_PREFSRC), &route->source, sizeof(route->source));
	kernel_netlink_value(kernel_netlink_attribute(message, size, RTA_TABLE), &route->table, sizeof(route->table));
	kernel_netlink_value(kernel_netlink_attribute(message, size, RTA_PRIORITY), &route->metric, sizeof(route->metric));
	kernel_netlink_value(kernel_netlink_nested(kernel_netlink_attribute(message, size, RTA_METRICS), RTAX_MTU),
			     &route->mtu, sizeof(route->mtu));
	if (!kernel_netlink_value(kernel_netlink_attribute(message, size, RTA_OIF), &route->index, sizeof(route->index)))
		route->index = first_hop(message);
	return 0;
}

static void mtu_put(struct nlmsghdr *message, uint32_t mtu)
{
	struct nlattr *metrics = mnl_attr_nest_start(message, RTA_METRICS);

	mnl_attr_put_u32(message, RTAX_MTU, mtu);
	mnl_attr_nest_end(message, metrics);
}

struct nlmsghdr *kernel_route_build(void *buffer, int type, const struct kernel_route *route)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_EXCL : 0;
	fixed->rtm_family = (uint8_t)route->to.family;
	fixed->rtm_dst_len = (uint8_t)conf_prefix_length(&route->to);
	fixed->rtm_table = RT_TABLE_UNSPEC; /* RTA_TABLE says it in 32 bits */
	fixed->rtm_type = (uint8_t)route->type;
	fixed->rtm_protocol = (uint8_t)route->protocol;
	fixed->rtm_scope = route->to.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	kernel_netlink_put_prefix(message, RTA_DST, &route->to);
	mnl_attr_put_u32(message, RTA_TABLE, route->table);
	mnl_attr_put_u32(message, RTA_OIF, (uint32_t)route->index);
	if (route->metric)
		mnl_attr_put_u32(message, RTA_PRIORITY, route->metric);
	if (route->source.s_addr != INADDR_ANY)
		mnl_attr_put(message, RTA_PREFSRC, sizeof(route->source), &route->source);
	if (route->mtu)
		mtu_put(message, route->mtu);
	return message;
}

/* A walk in progress. */
struct walk {
	kernel_route_visitor *visitor;
	void *context;
	int result;
};

static int route_visit(const struct nlmsghdr *message, void *context)
{
	struct kernel_route route;
	struct walk *walk = context;

	/* The clones that a lookup leaves behind (IPv6 path MTU) are no routes. */
	if (kernel_route_parse(message, &route) < 0 ||
	    ((const struct rtmsg *)mnl_nlmsg_get_payload(message))->rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;
	if (route.index == 0 || !if_indextoname((unsigned)route.index, route.device))
		route.device[0] = '\0';
	walk->result = walk->visitor(walk->context, &route);
	return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

int kernel_route_walk(kernel_route_visitor *visitor, void *context, struct conf_report *report)
{
	struct walk walk = {visitor, context, 0};

	if (kernel_netlink_list(RTM_GETROUTE, route_visit, &walk, "list the routes of this machine", report) < 0)
		return -1;
	return walk.result;
}

static int message_send(struct nlmsghdr *message, int tolerated, const char *verb, const struct kernel_route *route,
			struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT], what[CONF_PREFIX_TEXT + IF_NAMESIZE + 40];

	snprintf(what, sizeof(what), "%s the route %s dev %s", verb, conf_prefix_print(&route->to, text), route->device);
	return kernel_netlink_change(message, tolerated, what, report);
}

static int route_change(int type, int tolerated, const char *verb, const struct kernel_route *route,
			struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];

	return message_send(kernel_route_build(buffer, type, route), tolerated, verb, route, report);
}

int kernel_route_add(const struct kernel_route *route, struct conf_report *report)
{
	return route_change(RTM_NEWROUTE, EEXIST, "add", route, report);
}

int kernel_route_replace(const struct kernel_route *route, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = kernel_route_build(buffer, RTM_NEWROUTE, route);

	message->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	return message_send(message, 0, "replace", route, report);
}

int kernel_route_remove(const struct kernel_route *route, struct conf_report *report)
{
	return route_change(RTM_DELROUTE, ESRCH, "remove", route, report);
}
