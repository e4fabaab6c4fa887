/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matches and targets of iptables inside of nf_tables, as `iptables-nft` writes them: a name, a revision, and a structure of
 * the kernel's headers. Interfaces, addresses and protocol are nf_tables expressions of their own; here are those that stand in the
 * rules of ufw, Docker, libvirt and tailscaled. The others are not read.
 */
#include "nftables/expression.h"

#include "nftables/foreign.h"

#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <string.h>

enum { EPHEMERAL_PORT = 40000, PORT_MAX = 65535 };

/* The kernel pads the structure; what is shorter than it should be is not read. */
#define INFO(type) (length >= sizeof(type) ? (const type *)info : NULL)

static enum nftables_truth truth_of(bool value)
{
	return value ? NFTABLES_TRUE : NFTABLES_FALSE;
}

static unsigned state_bit(const struct nftables_machine *machine)
{
	return XT_CONNTRACK_STATE_BIT(machine->probe->established ? IP_CT_ESTABLISHED : IP_CT_NEW);
}

static enum nftables_truth conntrack_match(const struct nftables_machine *machine, const struct xt_conntrack_mtinfo3 *info)
{
	bool matches;

	if (!info || !(info->match_flags & XT_CONNTRACK_STATE))
		return NFTABLES_UNREAD;
	matches = (info->state_mask & state_bit(machine)) != 0;
	if (matches == ((info->invert_flags & XT_CONNTRACK_STATE) != 0))
		return NFTABLES_FALSE;
	return info->match_flags == XT_CONNTRACK_STATE ? NFTABLES_TRUE : NFTABLES_UNREAD;
}

static enum nftables_truth ports_match(const uint16_t sources[2], const uint16_t destinations[2], unsigned port, bool inverted)
{
	if (inverted)
		return NFTABLES_UNREAD;
	return truth_of(sources[0] <= EPHEMERAL_PORT && EPHEMERAL_PORT <= sources[1] && destinations[0] <= port && port <= destinations[1]);
}

static enum nftables_truth tcp_match(const struct nftables_machine *machine, const struct xt_tcp *info)
{
	enum nftables_truth ports = info ? ports_match(info->spts, info->dpts, machine->probe->port, info->invflags) : NFTABLES_UNREAD;

	if (machine->probe->protocol != IPPROTO_TCP)
		return NFTABLES_FALSE;
	return ports == NFTABLES_TRUE && (info->flg_mask || info->option) ? NFTABLES_UNREAD : ports;
}

static enum nftables_truth udp_match(const struct nftables_machine *machine, const struct xt_udp *info)
{
	if (machine->probe->protocol != IPPROTO_UDP)
		return NFTABLES_FALSE;
	return info ? ports_match(info->spts, info->dpts, machine->probe->port, info->invflags) : NFTABLES_UNREAD;
}

/* Only whether the destination is this machine itself: at input it is, in forward not. */
static enum nftables_truth addrtype_match(const struct nftables_machine *machine, const struct xt_addrtype_info_v1 *info)
{
	bool local = machine->probe->hook == NF_INET_LOCAL_IN, matches;

	if (!info || info->source || !info->dest)
		return NFTABLES_UNREAD;
	matches = (info->dest & (local ? XT_ADDRTYPE_LOCAL : XT_ADDRTYPE_UNICAST)) != 0;
	return truth_of(matches != ((info->flags & XT_ADDRTYPE_INVERT_DEST) != 0));
}

static enum nftables_truth mark_match(const struct nftables_machine *machine, const struct xt_mark_mtinfo1 *info)
{
	return info ? truth_of(((machine->mark & info->mask) == info->mark) != (info->invert != 0)) : NFTABLES_UNREAD;
}

static enum nftables_truth state_match(const struct nftables_machine *machine, const struct xt_state_info *info)
{
	return info ? truth_of((info->statemask & state_bit(machine)) != 0) : NFTABLES_UNREAD;
}

enum nftables_truth nftables_xtables_match(const struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t length = 0, revision = nftnl_expr_get_u32(expression, NFTNL_EXPR_MT_REV);
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_MT_NAME);
	const void *info = nftnl_expr_get(expression, NFTNL_EXPR_MT_INFO, &length);

	if (!strcmp(name, "comment"))
		return NFTABLES_TRUE;
	if (!strcmp(name, "conntrack") && (revision == 2 || revision == 3))
		return conntrack_match(machine, INFO(struct xt_conntrack_mtinfo3));
	if (!strcmp(name, "state"))
		return state_match(machine, INFO(struct xt_state_info));
	if (!strcmp(name, "tcp"))
		return tcp_match(machine, INFO(struct xt_tcp));
	if (!strcmp(name, "udp"))
		return udp_match(machine, INFO(struct xt_udp));
	if (!strcmp(name, "addrtype") && revision == 1)
		return addrtype_match(machine, INFO(struct xt_addrtype_info_v1));
	if (!strcmp(name, "mark") && revision == 1)
		return mark_match(machine, INFO(struct xt_mark_mtinfo1));
	return NFTABLES_UNREAD;
}

enum nftables_kind nftables_xtables_target(struct nftables_machine *machine, const struct nftnl_expr *expression)
{
	uint32_t length = 0;
	const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_TG_NAME);
	const void *info = nftnl_expr_get(expression, NFTNL_EXPR_TG_INFO, &length);
	const struct xt_mark_tginfo2 *mark = INFO(struct xt_mark_tginfo2);

	if (!strcmp(name, "REJECT"))
		return NFTABLES_STOPS;
	if (!strcmp(name, "MARK") && mark)
		machine->mark = (machine->mark & ~mark->mask) ^ mark->mark;
	return NFTABLES_GOES_ON;
}
