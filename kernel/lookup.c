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

static int index_parse(const struct nlmsghdr *message, void *context)
{
	uint32_t *index = context;

	if (message->nlmsg_type == RTM_NEWROUTE)
		kernel_netlink_value(kernel_netlink_attribute(message, sizeof(struct rtmsg), RTA_OIF), index,
				     sizeof(*index));
	return MNL_CB_OK;
}

int kernel_lookup_device(const struct conf_address *to, char device[IF_NAMESIZE], struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	bool is_ipv4 = to->family == AF_INET;
	uint32_t index = 0;
	int result;

	message->nlmsg_type = RTM_GETROUTE;
	fixed->rtm_family = (uint8_t)to->family;
	fixed->rtm_dst_len = is_ipv4 ? 32 : 128;
	if (is_ipv4)
		mnl_attr_put(message, RTA_DST, sizeof(to->v4), &to->v4);
	else
		mnl_attr_put(message, RTA_DST, sizeof(to->v6), &to->v6);
	result = kernel_netlink_ask(message, index_parse, &index, ENETUNREACH, "ask for the route to an address", report);
	if (result < 0)
		return -1;
	return result == 1 && index != 0 && if_indextoname(index, device) ? 1 : 0;
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
