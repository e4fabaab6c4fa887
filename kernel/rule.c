/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy rules by RTM_GETRULE, RTM_NEWRULE and RTM_DELRULE (ip-rule(8)). */
#include "kernel/rule.h"

#include "conf/report.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

/* Attributes that a rule of ours may have; any other makes it somebody's own. Zeroes are the kernel's way to say "none". */
static bool attribute_is_plain(const struct nlattr *attribute)
{
	switch (mnl_attr_get_type(attribute)) {
	case FRA_DST:
	case FRA_PRIORITY:
	case FRA_TABLE:
	case FRA_PROTOCOL:
	case FRA_SUPPRESS_PREFIXLEN: /* always listed, -1 for none */
		return true;
	default:
		for (size_t i = 0; i < mnl_attr_get_payload_len(attribute); i++) {
			if (((const uint8_t *)mnl_attr_get_payload(attribute))[i])
				return false;
		}
		return true;
	}
}

static bool message_is_plain(const struct nlmsghdr *message)
{
	const struct fib_rule_hdr *fixed = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	if (fixed->action != FR_ACT_TO_TBL || fixed->src_len || fixed->tos || fixed->flags & FIB_RULE_INVERT)
		return false;
	mnl_attr_for_each(attribute, message, sizeof(*fixed)) {
		if (!attribute_is_plain(attribute))
			return false;
	}
	return true;
}

int kernel_rule_parse(const struct nlmsghdr *message, struct kernel_rule *rule)
{
	const struct fib_rule_hdr *fixed = mnl_nlmsg_get_payload(message);
	const struct nlattr *to;
	uint8_t protocol = 0;

	memset(rule, 0, sizeof(*rule));
	if (message->nlmsg_type != RTM_NEWRULE || mnl_nlmsg_get_payload_len(message) < sizeof(*fixed) ||
	    (fixed->family != AF_INET && fixed->family != AF_INET6))
		return -1;
	rule->to.family = fixed->family;
	rule->table = fixed->table;
	to = kernel_netlink_attribute(message, sizeof(*fixed), FRA_DST);
	if (fixed->family == AF_INET) {
		rule->to.v4.length = fixed->dst_len;
		kernel_netlink_value(to, &rule->to.v4.address, sizeof(rule->to.v4.address));
	} else {
		rule->to.v6.length = fixed->dst_len;
		kernel_netlink_value(to, &rule->to.v6.address, sizeof(rule->to.v6.address));
	}
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_TABLE), &rule->table, sizeof(rule->table));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_PRIORITY), &rule->priority,
			     sizeof(rule->priority));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_PROTOCOL), &protocol, sizeof(protocol));
	rule->protocol = protocol;
	rule->plain = message_is_plain(message);
	return 0;
}

struct nlmsghdr *kernel_rule_build(void *buffer, int type, const struct kernel_rule *rule)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct fib_rule_hdr *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0;
	fixed->family = (uint8_t)rule->to.family;
	fixed->action = FR_ACT_TO_TBL;
	if (rule->to.family == AF_INET) {
		fixed->dst_len = (uint8_t)rule->to.v4.length;
		mnl_attr_put(message, FRA_DST, sizeof(rule->to.v4.address), &rule->to.v4.address);
	} else {
		fixed->dst_len = (uint8_t)rule->to.v6.length;
		mnl_attr_put(message, FRA_DST, sizeof(rule->to.v6.address), &rule->to.v6.address);
	}
	mnl_attr_put_u32(message, FRA_TABLE, rule->table);
	mnl_attr_put_u32(message, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(message, FRA_PROTOCOL, (uint8_t)rule->protocol);
	return message;
}

static bool rule_equal(const struct kernel_rule *a, const struct kernel_rule *b)
{
	char left[CONF_PREFIX_TEXT], right[CONF_PREFIX_TEXT];

	return a->to.family == b->to.family && a->table == b->table && a->priority == b->priority &&
	       a->protocol == b->protocol && a->plain == b->plain &&
	       !strcmp(kernel_destination_print(&a->to, left), kernel_destination_print(&b->to, right));
}

/* The rule to look for, and whether it came by. */
struct search {
	const struct kernel_rule *rule;
	bool found;
};

static int rule_match(const struct nlmsghdr *message, void *context)
{
	struct search *search = context;
	struct kernel_rule rule;

	search->found |= kernel_rule_parse(message, &rule) == 0 && rule_equal(&rule, search->rule);
	return search->found ? MNL_CB_STOP : MNL_CB_OK;
}

int kernel_rule_find(const struct kernel_rule *rule, struct conf_report *report)
{
	struct search search = { rule, false };
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct fib_rule_hdr *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = RTM_GETRULE;
	message->nlmsg_flags = NLM_F_DUMP;
	fixed->family = (uint8_t)rule->to.family;
	if (kernel_netlink_ask(message, rule_match, &search, 0, "list the routing rules of this machine", report) < 0)
		return -1;
	return search.found;
}

static int rule_change(int type, int tolerated, const char *verb, const struct kernel_rule *rule, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], text[CONF_PREFIX_TEXT], what[CONF_PREFIX_TEXT + 60];

	snprintf(what, sizeof(what), "%s the routing rule to %s", verb, kernel_destination_print(&rule->to, text));
	return kernel_netlink_change(kernel_rule_build(buffer, type, rule), tolerated, what, report);
}

int kernel_rule_add(const struct kernel_rule *rule, struct conf_report *report)
{
	return rule_change(RTM_NEWRULE, EEXIST, "add", rule, report);
}

int kernel_rule_remove(const struct kernel_rule *rule, struct conf_report *report)
{
	return rule_change(RTM_DELRULE, ENOENT, "remove", rule, report);
}
