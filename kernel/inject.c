/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TUN device that lives as long as its descriptor, and on its ingress a filter that hands all to the ingress of another device (tc-mirred(8)). Netfilter,
 * routing and reverse-path filtering see the packet come in by the other one. With the descriptor the kernel takes device, qdisc and filter away,
 * however the process ends. The MTU is below that of IPv6, so that the device has no address and sends nothing of its own.
 */
#include "kernel/inject.h"

#include "conf/report.h"
#include "kernel/link.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MTU = 1279 };

static struct nlmsghdr *message_begin(void *buffer, uint16_t type, int index, const char *kind)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct tcmsg *fixed;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
	fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	fixed->tcm_ifindex = index;
	if (type == RTM_NEWQDISC) {
		fixed->tcm_parent = TC_H_INGRESS;
		fixed->tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
	} else {
		fixed->tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0);
		fixed->tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
	}
	mnl_attr_put_strz(message, TCA_KIND, kind);
	return message;
}

/* Of every packet: out of here, and in by the other device. */
static void action_put(struct nlmsghdr *message, int to)
{
	const struct tc_mirred redirect = {.action = TC_ACT_STOLEN, .eaction = TCA_INGRESS_REDIR, .ifindex = (uint32_t)to};
	struct nlattr *actions = mnl_attr_nest_start(message, TCA_U32_ACT);
	struct nlattr *first = mnl_attr_nest_start(message, 1), *options;

	mnl_attr_put_strz(message, TCA_ACT_KIND, "mirred");
	options = mnl_attr_nest_start(message, TCA_ACT_OPTIONS);
	mnl_attr_put(message, TCA_MIRRED_PARMS, sizeof(redirect), &redirect);
	mnl_attr_nest_end(message, options);
	mnl_attr_nest_end(message, first);
	mnl_attr_nest_end(message, actions);
}

static int redirect(int from, int to, struct conf_report *report)
{
	const struct tc_u32_sel head = {.flags = TC_U32_TERMINAL, .nkeys = 1};
	unsigned char match[sizeof(head) + sizeof(struct tc_u32_key)] = {0}; /* a key of all zero: any packet */
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWQDISC, from, "ingress");
	struct nlattr *options;

	if (kernel_netlink_change(message, 0, "make a queue for packets to be traced (sch_ingress)", report) < 0)
		return -1;
	memcpy(match, &head, sizeof(head));
	message = message_begin(buffer, RTM_NEWTFILTER, from, "u32");
	options = mnl_attr_nest_start(message, TCA_OPTIONS);
	mnl_attr_put(message, TCA_U32_SEL, sizeof(match), match);
	action_put(message, to);
	mnl_attr_nest_end(message, options);
	return kernel_netlink_change(message, 0, "redirect packets to be traced (cls_u32, act_mirred)", report) < 0 ? -1 :
														      0;
}

int kernel_inject_open(const char *device, struct conf_report *report)
{
	struct ifreq request = {.ifr_name = "relay-probe%d", .ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct kernel_link own, other;

	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		conf_report_add(report, "cannot make a device for packets to be traced: %s", strerror(errno));
	else if (kernel_link_find(request.ifr_name, &own, report) == 1 && kernel_link_find(device, &other, report) == 1 &&
		 kernel_link_set_up(&own, MTU, report) == 0 && redirect(own.index, other.index, report) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}
