/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses by RTM_GETADDR, RTM_NEWADDR and RTM_DELADDR (rtnetlink(7)). */
#include "kernel/address.h"

#include "conf/report.h"
#include "kernel/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

int kernel_address_parse(const struct nlmsghdr *message, struct kernel_address *address)
{
	const struct ifaddrmsg *fixed = mnl_nlmsg_get_payload(message);
	const struct nlattr *value;
	uint8_t protocol = 0;

	memset(address, 0, sizeof(*address));
	if (message->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(message) < sizeof(*fixed) ||
	    (fixed->ifa_family != AF_INET && fixed->ifa_family != AF_INET6))
		return -1;
	address->address.family = fixed->ifa_family;
	address->length = fixed->ifa_prefixlen;
	address->index = (int)fixed->ifa_index;
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), IFA_PROTO), &protocol, sizeof(protocol));
	address->protocol = protocol;
	value = kernel_netlink_attribute(message, sizeof(*fixed),
					 IFA_LOCAL); /* on a point-to-point link, IFA_ADDRESS is the peer's */
	if (!value)
		value = kernel_netlink_attribute(message, sizeof(*fixed), IFA_ADDRESS);
	return kernel_netlink_value(value, &address->address.v4, conf_address_size(fixed->ifa_family)) ? 0 : -1;
}

struct nlmsghdr *kernel_address_build(void *buffer, int type, const struct kernel_address *address)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));
	size_t size = conf_address_size(address->address.family);

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0;
	fixed->ifa_family = (uint8_t)address->address.family;
	fixed->ifa_prefixlen = (uint8_t)address->length;
	fixed->ifa_index = (uint32_t)address->index;
	mnl_attr_put(message, IFA_LOCAL, size, &address->address.v4);
	mnl_attr_put(message, IFA_ADDRESS, size, &address->address.v4);
	if (address->protocol && type == RTM_NEWADDR)
		mnl_attr_put_u8(message, IFA_PROTO, (uint8_t)address->protocol);
	return message;
}

/* A walk in progress. */
struct walk {
	kernel_address_visitor *visitor;
	void *context;
	int result;
};

static int address_visit(const struct nlmsghdr *message, void *context)
{
	struct kernel_address address;
	struct walk *walk = context;

	if (kernel_address_parse(message, &address) < 0)
		return MNL_CB_OK;
	if (!if_indextoname((unsigned)address.index, address.device))
		address.device[0] = '\0';
	walk->result = walk->visitor(walk->context, &address);
	return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

int kernel_address_walk(kernel_address_visitor *visitor, void *context, struct conf_report *report)
{
	struct walk walk = {visitor, context, 0};

	if (kernel_netlink_list(RTM_GETADDR, address_visit, &walk, "list the addresses of this machine", report) < 0)
		return -1;
	return walk.result;
}

/* Whose address? */
struct question {
	const struct conf_address *address;
	char *device;
};

static int owner_match(void *context, const struct kernel_address *address)
{
	struct question *question = context;

	if (!conf_address_equals(&address->address, question->address))
		return 0;
	memcpy(question->device, address->device, IF_NAMESIZE);
	return 1;
}

int kernel_address_owner(const struct conf_address *address, char device[IF_NAMESIZE], struct conf_report *report)
{
	struct question question = {address, device};

	device[0] = '\0';
	return kernel_address_walk(owner_match, &question, report);
}

static int address_change(int type, int tolerated, const char *verb, const struct kernel_address *address,
			  struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], text[INET6_ADDRSTRLEN], what[INET6_ADDRSTRLEN + IF_NAMESIZE + 40];

	inet_ntop(address->address.family, &address->address.v4, text, sizeof(text));
	snprintf(what, sizeof(what), "%s the address %s on %s", verb, text, address->device);
	return kernel_netlink_change(kernel_address_build(buffer, type, address), tolerated, what, report);
}

int kernel_address_add(const struct kernel_address *address, struct conf_report *report)
{
	return address_change(RTM_NEWADDR, EEXIST, "put", address, report);
}

int kernel_address_remove(const struct kernel_address *address, struct conf_report *report)
{
	return address_change(RTM_DELADDR, EADDRNOTAVAIL, "remove", address, report);
}
