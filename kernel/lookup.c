/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTM_GETROUTE (rtnetlink(7)): the kernel answers with the route that it would take. For a packet that comes in by a device the answer
 * is that of ip_route_input, source validation (fib_validate_source) included: what that refuses is EXDEV, EINVAL since Linux 6.13.
 */
#include "kernel/lookup.h"

#include "conf/entries.h"
#include "conf/report.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

struct way {
	uint32_t index; /* of the device; 0: none */
	struct in6_addr router;
};

static int way_parse(const struct nlmsghdr *message, void *context)
{
	struct way *way = context;

	if (message->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(struct rtmsg), RTA_OIF), &way->index,
			     sizeof(way->index));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(struct rtmsg), RTA_GATEWAY), &way->router,
			     sizeof(way->router));
	return MNL_CB_OK;
}

/* 1, 0 where no route leads there, -1. */
static int way_find(const struct conf_address *to, struct way *way, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	bool is_ipv4 = to->family == AF_INET;

	message->nlmsg_type = RTM_GETROUTE;
	fixed->rtm_family = (uint8_t)to->family;
	fixed->rtm_dst_len = is_ipv4 ? 32 : 128;
	if (is_ipv4)
		mnl_attr_put(message, RTA_DST, sizeof(to->v4), &to->v4);
	else
		mnl_attr_put(message, RTA_DST, sizeof(to->v6), &to->v6);
	return kernel_netlink_ask(message, way_parse, way, ENETUNREACH, "ask for the route to an address", report);
}

int kernel_lookup_device(const struct conf_address *to, char device[IF_NAMESIZE], struct conf_report *report)
{
	struct way way = {0};
	int result = way_find(to, &way, report);

	if (result < 0)
		return -1;
	return result == 1 && way.index != 0 && if_indextoname(way.index, device) ? 1 : 0;
}

int kernel_lookup_router(const struct in6_addr *to, struct in6_addr *router, struct conf_report *report)
{
	const struct conf_address address = {.family = AF_INET6, .v6 = *to};
	struct way way = {0};
	int result = way_find(&address, &way, report);

	*router = way.router;
	return result == 1 ? !IN6_IS_ADDR_UNSPECIFIED(router) : result;
}

bool kernel_lookup_takes(const struct kernel_arrival *arrival)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	int result;

	message->nlmsg_type = RTM_GETROUTE;
	fixed->rtm_family = AF_INET;
	fixed->rtm_src_len = fixed->rtm_dst_len = 32;
	mnl_attr_put(message, RTA_SRC, sizeof(arrival->from), &arrival->from);
	mnl_attr_put(message, RTA_DST, sizeof(arrival->to), &arrival->to);
	mnl_attr_put_u32(message, RTA_IIF, (uint32_t)arrival->device);
	mnl_attr_put_u32(message, RTA_MARK, arrival->mark);
	result = kernel_netlink_ask(message, NULL, NULL, 0, "ask whether a packet would be delivered", CONF_REPORT_DISCARD);
	return result == 1;
}
