/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A classic filter of tc behind the qdisc clsact, not a link of tcx: the filter stays when its process is killed, and Linux 6.1 has it.
 *
 * The filter is known by its name. Others on the same device are left alone, and so is the qdisc, which goes with the device. The kernel exchanges
 * the program of a filter in one step, so that no packet passes between the old one and the new.
 */
#include "kernel/filter.h"

#include "kernel/netlink.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define KIND "bpf"
#define NAME "nat64-fast-path"
#define PRIORITY                                                                                                       \
	9929 /* behind filters of an administrator, who begins at 1 or, without a number, counts down from 49152 */
#define HANDLE 1

static struct tcmsg *message_begin(char *buffer, struct nlmsghdr **request, uint16_t type, uint16_t flags, int index)
{
	struct tcmsg *fixed;

	*request = mnl_nlmsg_put_header(buffer);
	(*request)->nlmsg_type = type;
	(*request)->nlmsg_flags = flags;
	fixed = mnl_nlmsg_put_extra_header(*request, sizeof(*fixed));
	fixed->tcm_family = AF_UNSPEC;
	fixed->tcm_ifindex = index;
	fixed->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
	return fixed;
}

static struct nlmsghdr *filter_begin(char *buffer, uint16_t type, uint16_t flags, int index)
{
	struct nlmsghdr *request;
	struct tcmsg *fixed = message_begin(buffer, &request, type, flags, index);

	fixed->tcm_handle = HANDLE;
	fixed->tcm_info = TC_H_MAKE((uint32_t)PRIORITY << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz(request, TCA_KIND, KIND);
	return request;
}

/* Without NLM_F_EXCL: a clsact that is there is fine, and another qdisc in that place, which has no egress, is an error. */
static int qdisc_make(int index, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *request;
	struct tcmsg *fixed = message_begin(buffer, &request, RTM_NEWQDISC, NLM_F_CREATE, index);

	fixed->tcm_parent = TC_H_CLSACT;
	fixed->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(request, TCA_KIND, "clsact");
	return kernel_netlink_change(request, 0, "add the qdisc clsact", report) < 0 ? -1 : 0;
}

int kernel_filter_attach(int index, int program, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *request;
	struct nlattr *options;

	if (qdisc_make(index, report))
		return -1;
	request = filter_begin(buffer, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, index);
	options = mnl_attr_nest_start(request, TCA_OPTIONS);
	mnl_attr_put_u32(request, TCA_BPF_FD, (uint32_t)program);
	mnl_attr_put_strz(request, TCA_BPF_NAME, NAME);
	mnl_attr_put_u32(request, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(request, options);
	return kernel_netlink_change(request, 0, "attach the program of the fast path", report) < 0 ? -1 : 0;
}

/* A callback: is it ours? */
static int filter_see(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *options = kernel_netlink_attribute(message, sizeof(struct tcmsg), TCA_OPTIONS);
	const struct tcmsg *fixed = mnl_nlmsg_get_payload(message);
	char name[sizeof(NAME)];

	kernel_netlink_text(kernel_netlink_nested(options, TCA_BPF_NAME), name, sizeof(name));
	*(bool *)context |= fixed->tcm_info >> 16 == PRIORITY && strcmp(name, NAME) == 0;
	return MNL_CB_OK;
}

int kernel_filter_find(int index, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *request;
	bool found = false;

	message_begin(buffer, &request, RTM_GETTFILTER, NLM_F_DUMP, index);
	/* A kernel without traffic control has no filters. */
	if (kernel_netlink_ask(request, filter_see, &found, EOPNOTSUPP, "list the filters of the device", report) < 0)
		return -1;
	return found;
}

int kernel_filter_remove(int index, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *request;
	int found = kernel_filter_find(index, report);

	if (found != 1)
		return found;
	request = filter_begin(buffer, RTM_DELTFILTER, 0, index);
	return kernel_netlink_change(request, ENOENT, "remove the fast path of an earlier nat64d", report) < 0 ? -1 : 1;
}
