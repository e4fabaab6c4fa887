/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The group of nf_tables. Each transaction sends one event for each change, and one for the new generation at its end,
 * which names the process that asked for it. Every object's first attribute is the name of its table: what is in other tables is
 * of no concern, nor is our own transaction.
 */
#include "nftables/monitor.h"

#include "kernel/netlink.h"
#include "nftables/names.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <unistd.h>

#define TABLE_NAME_ATTRIBUTE                                                                                           \
	1 /* NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_OBJ_TABLE, NFTA_SET_TABLE... */

const int nftables_monitor_groups[] = {NFNLGRP_NFTABLES, NFNLGRP_NONE};

static bool is_of_our_table(const struct nlmsghdr *message)
{
	const struct nfgenmsg *fixed = mnl_nlmsg_get_payload(message);
	const struct nlattr *name = kernel_netlink_attribute(message, sizeof(struct nfgenmsg), TABLE_NAME_ATTRIBUTE);

	return fixed->nfgen_family == NFPROTO_INET && name && mnl_attr_validate(name, MNL_TYPE_NUL_STRING) >= 0 &&
	       !strcmp(mnl_attr_get_str(name), NFTABLES_TABLE);
}

/* The end of a transaction that touched our table: whose was it? */
static void generation_read(const struct nlmsghdr *message, struct nftables_changes *changes)
{
	const struct nlattr *number = kernel_netlink_attribute(message, sizeof(struct nfgenmsg), NFTA_GEN_PROC_PID);
	const struct nlattr *name = kernel_netlink_attribute(message, sizeof(struct nfgenmsg), NFTA_GEN_PROC_NAME);
	pid_t by = number && mnl_attr_validate(number, MNL_TYPE_U32) >= 0 ? (pid_t)ntohl(mnl_attr_get_u32(number)) : 0;

	changes->open = false;
	if (by == getpid())
		return;
	changes->concerns = true;
	changes->by = by;
	changes->name[0] = '\0';
	if (name && mnl_attr_validate(name, MNL_TYPE_NUL_STRING) >= 0)
		strncat(changes->name, mnl_attr_get_str(name), sizeof(changes->name) - 1);
}

void nftables_monitor_parse(const void *datagram, size_t length, struct nftables_changes *changes)
{
	int left = (int)length;

	for (const struct nlmsghdr *message = datagram; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left)) {
		if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
		    mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
			continue;
		if (NFNL_MSG_TYPE(message->nlmsg_type) != NFT_MSG_NEWGEN)
			changes->open |= is_of_our_table(message);
		else if (changes->open)
			generation_read(message, changes);
	}
}
