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
	uint8_t protocol = 0;

	memset(rule, 0, sizeof(*rule));
	if (message->nlmsg_type != RTM_NEWRULE || mnl_nlmsg_get_payload_len(message) < sizeof(*fixed) ||
	    (fixed->family != AF_INET && fixed->family != AF_INET6))
		return -1;
	rule->table = fixed->table;
	kernel_netlink_prefix(kernel_netlink_attribute(message, sizeof(*fixed), FRA_DST), fixed->family, fixed->dst_len,
			      &rule->to);
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_TABLE), &rule->table,
			     sizeof(rule->table));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_PRIORITY), &rule->priority,
			     sizeof(rule->priority));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_PROTOCOL), &protocol, sizeof(protocol));
	rule->protocol = protocol;
	if (!(fixed->flags & FIB_RULE_INVERT))
		kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_FWMARK), &rule->mark,
				     sizeof(rule->mark));
	kernel_netlink_value(kernel_netlink_attribute(message, sizeof(*fixed), FRA_FWMASK), &rule->mask,
			     sizeof(rule->mask));
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
	fixed->dst_len = (uint8_t)conf_prefix_length(&rule->to);
	kernel_netlink_put_prefix(message, FRA_DST, &rule->to);
	mnl_attr_put_u32(message, FRA_TABLE, rule->table);
	mnl_attr_put_u32(message, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(message, FRA_PROTOCOL, (uint8_t)rule->protocol);
	return message;
}

/* A walk in progress. */
struct walk {
	kernel_rule_visitor *visitor;
	void *context;
	int result;
};

static int rule_visit(const struct nlmsghdr *message, void *context)
{
	struct walk *walk = context;
	struct kernel_rule rule;

	if (kernel_rule_parse(message, &rule) == 0)
		walk->result = walk->visitor(walk->context, &rule);
	return walk->result ? MNL_CB_STOP : MNL_CB_OK;
}

int kernel_rule_walk(kernel_rule_visitor *visitor, void *context, struct conf_report *report)
{
	struct walk walk = {visitor, context, 0};

	if (kernel_netlink_list(RTM_GETRULE, rule_visit, &walk, "list the routing rules of this machine", report) < 0)
		return -1;
	return walk.result;
}

static int rule_match(void *context, const struct kernel_rule *rule)
{
	const struct kernel_rule *wanted = context;

	return rule->table == wanted->table && rule->priority == wanted->priority && rule->protocol == wanted->protocol &&
	       rule->plain == wanted->plain && conf_prefix_equals(&rule->to, &wanted->to);
}

int kernel_rule_find(const struct kernel_rule *rule, struct conf_report *report)
{
	struct kernel_rule wanted = *rule;

	return kernel_rule_walk(rule_match, &wanted, report);
}

static int rule_change(int type, int tolerated, const char *verb, const struct kernel_rule *rule, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM], text[CONF_PREFIX_TEXT], what[CONF_PREFIX_TEXT + 60];

	snprintf(what, sizeof(what), "%s the routing rule to %s", verb, conf_prefix_print(&rule->to, text));
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
