/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links by RTM_GETLINK, RTM_NEWLINK and RTM_DELLINK (rtnetlink(7)). */
#include "kernel/link.h"

#include "conf/report.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static bool tun_flag(const struct nlattr *data, int type)
{
	uint8_t flag = 0;

	kernel_netlink_value(kernel_netlink_nested(data, type), &flag, sizeof(flag));
	return flag;
}

static void tun_read(const struct nlattr *data, struct kernel_link *link)
{
	uint8_t type = 0;

	kernel_netlink_value(kernel_netlink_nested(data, IFLA_TUN_TYPE), &type, sizeof(type));
	link->is_tun = type == IFF_TUN;
	link->persistent = tun_flag(data, IFLA_TUN_PERSIST);
	link->packet_info = tun_flag(data, IFLA_TUN_PI);
	link->vnet_header = tun_flag(data, IFLA_TUN_VNET_HDR);
	link->multi_queue = tun_flag(data, IFLA_TUN_MULTI_QUEUE);
	kernel_netlink_value(kernel_netlink_nested(data, IFLA_TUN_OWNER), &link->owner, sizeof(link->owner));
}

int kernel_link_parse(const struct nlmsghdr *message, struct kernel_link *link)
{
	const struct ifinfomsg *fixed = mnl_nlmsg_get_payload(message);
	const struct nlattr *info;

	*link = (struct kernel_link){.owner = UINT32_MAX};
	if (message->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(message) < sizeof(*fixed))
		return -1;
	link->index = fixed->ifi_index;
	link->flags = fixed->ifi_flags;
	kernel_netlink_text(kernel_netlink_attribute(message, sizeof(*fixed), IFLA_IFNAME), link->name, sizeof(link->name));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), IFLA_MTU), &link->mtu, sizeof(link->mtu));
	info = kernel_netlink_attribute(message, sizeof(*fixed), IFLA_LINKINFO);
	kernel_netlink_text(kernel_netlink_nested(info, IFLA_INFO_KIND), link->kind, sizeof(link->kind));
	if (!strcmp(link->kind, "tun"))
		tun_read(kernel_netlink_nested(info, IFLA_INFO_DATA), link);
	return 0;
}

static struct nlmsghdr *message_begin(void *buffer, uint16_t type, int index)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = type;
	fixed->ifi_family = AF_UNSPEC;
	fixed->ifi_index = index;
	return message;
}

struct nlmsghdr *kernel_link_build(void *buffer, int index, uint32_t mtu)
{
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWLINK, index);
	struct ifinfomsg *fixed = mnl_nlmsg_get_payload(message);

	fixed->ifi_flags = IFF_UP;
	fixed->ifi_change = IFF_UP;
	mnl_attr_put_u32(message, IFLA_MTU, mtu);
	return message;
}

static int link_store(const struct nlmsghdr *message, void *context)
{
	return kernel_link_parse(message, context) == 0 ? MNL_CB_STOP : MNL_CB_OK;
}

int kernel_link_find(const char *name, struct kernel_link *link, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], what[IF_NAMESIZE + 32];
	struct nlmsghdr *message;

	*link = (struct kernel_link){.index = 0};
	if (!*name || strlen(name) >= IF_NAMESIZE)
		return 0;
	message = message_begin(buffer, RTM_GETLINK, 0);
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	snprintf(what, sizeof(what), "look up the interface %s", name);
	return kernel_netlink_ask(message, link_store, link, ENODEV, what, report);
}

int kernel_link_set_up(const struct kernel_link *link, uint32_t mtu, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], what[IF_NAMESIZE + 32];

	snprintf(what, sizeof(what), "set %s up with an MTU of %u", link->name, mtu);
	return kernel_netlink_change(kernel_link_build(buffer, link->index, mtu), 0, what, report) < 0 ? -1 : 0;
}

int kernel_link_set_down(const struct kernel_link *link, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], what[IF_NAMESIZE + 32];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWLINK, link->index);

	((struct ifinfomsg *)mnl_nlmsg_get_payload(message))->ifi_change = IFF_UP;
	snprintf(what, sizeof(what), "set %s down", link->name);
	return kernel_netlink_change(message, ENODEV, what, report) < 0 ? -1 : 0;
}

int kernel_link_set_silent(const struct kernel_link *link, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], what[IF_NAMESIZE + 40];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWLINK, link->index);
	struct nlattr *families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	struct nlattr *ipv6 = mnl_attr_nest_start(message, AF_INET6);

	mnl_attr_put_u8(message, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(message, ipv6);
	mnl_attr_nest_end(message, families);
	snprintf(what, sizeof(what), "keep IPv6 addresses off %s", link->name);
	return kernel_netlink_change(message, 0, what, report) < 0 ? -1 : 0;
}

int kernel_link_remove(const struct kernel_link *link, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], what[IF_NAMESIZE + 32];

	snprintf(what, sizeof(what), "remove the interface %s", link->name);
	return kernel_netlink_change(message_begin(buffer, RTM_DELLINK, link->index), ENODEV, what, report);
}
