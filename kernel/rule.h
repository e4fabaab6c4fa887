/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policy routing rules: "to PREFIX lookup main", ahead of Tailscale's. */
#ifndef KERNEL_RULE_H
#define KERNEL_RULE_H

#include "kernel/route.h"

struct kernel_rule {
	struct conf_prefix to;
	uint32_t table;
	uint32_t priority;
	unsigned protocol; /* who made it */
	bool plain;        /* "to" and nothing else: no from, iif, oif, mark, port... */
	uint32_t mark; /* of the packets that it is for (fwmark); 0: it asks for none, or is for all but these ("not fwmark") */
	uint32_t mask; /* of the bits that are compared */
};

/* Tailscale's rules are 5210 to 5270; 5270 leads to its table 52, ahead of main at 32766. */
#define KERNEL_RULE_PRIORITY 5200

/* Called for each; anything but 0 stops the walk. */
typedef int kernel_rule_visitor(void *context, const struct kernel_rule *rule);

/* Every rule of both families. 0, what stopped it, or -1 (visitors: return positive numbers). */
int kernel_rule_walk(kernel_rule_visitor *visitor, void *context, struct conf_report *report);

/* Is exactly this rule there? 1, 0, or -1. */
int kernel_rule_find(const struct kernel_rule *rule, struct conf_report *report);

/* 1 done, 0 was so already (remove: was not there), -1. */
int kernel_rule_add(const struct kernel_rule *rule, struct conf_report *report);
int kernel_rule_remove(const struct kernel_rule *rule, struct conf_report *report);

/* The parts, for tests. type: RTM_NEWRULE or RTM_DELRULE. parse: 0, or -1 when the message is no rule. */
struct nlmsghdr *kernel_rule_build(void *buffer, int type, const struct kernel_rule *rule);
int kernel_rule_parse(const struct nlmsghdr *message, struct kernel_rule *rule);

#endif
