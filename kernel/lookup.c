// SPDX-License-Identifier: GPL-2.0-or-later
/* RTM_GETROUTE for one address (rtnetlink(7)): the kernel answers with the route that it would take. */
#include "kernel/lookup.h"

#include "conf/entries.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

static int index_take(const struct nlmsghdr *message, void *context)
{
	uint32_t *index = context;

	if (message->nlmsg_type == RTM_NEWROUTE)
		kernel_netlink_value(kernel_netlink_attribute(message, sizeof(struct rtmsg), RTA_OIF), index, sizeof(*index));
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
	result = kernel_netlink_ask(message, index_take, &index, ENETUNREACH, "ask for the route to an address", report);
	if (result < 0)
		return -1;
	return result == 1 && index != 0 && if_indextoname(index, device) ? 1 : 0;
}
