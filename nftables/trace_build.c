/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that traces, as messages: chains at each hook, and rules for the packets of trace.c, or for the echo request and reply of journey.c. */
#include "nftables/trace.h"

#include "conf/address.h"
#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/ruleset.h"

#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

enum { FIXED = NFTABLES_TRACE_MARK - 1 };

#define CHAIN(called, where, when)                                                                                     \
	{                                                                                                              \
		.name = (called), .type = "filter", .hook = (where), .priority = (when)                                \
	}
static const struct nftables_chain chains[] = {
	CHAIN("prerouting", NF_INET_PRE_ROUTING, INT_MIN),
	CHAIN("prerouting-end", NF_INET_PRE_ROUTING, INT_MAX - 1),
	CHAIN("input", NF_INET_LOCAL_IN, INT_MIN),
	CHAIN("input-end", NF_INET_LOCAL_IN, INT_MAX - 1),
	CHAIN("forward", NF_INET_FORWARD, INT_MIN),
	CHAIN("forward-end", NF_INET_FORWARD, INT_MAX - 1),
	CHAIN("postrouting", NF_INET_POST_ROUTING, INT_MIN),
	CHAIN("postrouting-end", NF_INET_POST_ROUTING, INT_MAX - 1),
};

static struct nftnl_expr *expression_add(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *expression = nftnl_expr_alloc(name);

	nftnl_rule_add_expr(rule, expression);
	return expression;
}

static void equals_add(struct nftnl_rule *rule, const void *value, uint32_t length)
{
	struct nftnl_expr *expression = expression_add(rule, "cmp");

	nftnl_expr_set_u32(expression, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
	nftnl_expr_set(expression, NFTNL_EXPR_CMP_DATA, value, length);
}

/* @th,OFFSET,LENGTH VALUE */
static void transport_equals_add(struct nftnl_rule *rule, uint32_t offset, const void *value, uint32_t length)
{
	struct nftnl_expr *expression = expression_add(rule, "payload");

	nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	equals_add(rule, value, length);
}

/* meta l4proto PROTOCOL @th,OFFSET,56 MARK */
static void ours_add(struct nftnl_rule *rule, uint8_t protocol, const uint8_t *mark)
{
	struct nftnl_expr *expression = expression_add(rule, "meta");

	nftnl_expr_set_u32(expression, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_META_DREG, NFT_REG_1);
	equals_add(rule, &protocol, sizeof(protocol));
	transport_equals_add(rule, protocol == IPPROTO_TCP ? NFTABLES_TRACE_TCP : NFTABLES_TRACE_UDP, mark, FIXED);
}

/* meta nftrace set 1 */
static void trace_add(struct nftnl_rule *rule)
{
	struct nftnl_expr *expression = expression_add(rule, "immediate");
	const uint8_t on = 1;

	nftnl_expr_set_u32(expression, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nftnl_expr_set(expression, NFTNL_EXPR_IMM_DATA, &on, sizeof(on));
	expression = expression_add(rule, "meta");
	nftnl_expr_set_u32(expression, NFTNL_EXPR_META_KEY, NFT_META_NFTRACE);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void drop_add(struct nftnl_rule *rule)
{
	struct nftnl_expr *expression = expression_add(rule, "immediate");

	nftnl_expr_set_u32(expression, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expression, NFTNL_EXPR_IMM_VERDICT, NF_DROP);
}

/* icmpv6 type echo-reply drop */
static void reply_drop_add(struct nftnl_rule *rule)
{
	const uint8_t type = ICMP6_ECHO_REPLY;

	transport_equals_add(rule, 0, &type, sizeof(type));
	drop_add(rule);
}

/* icmp type echo-reply drop */
static void reply4_drop_add(struct nftnl_rule *rule)
{
	const uint8_t type = ICMP_ECHOREPLY;

	transport_equals_add(rule, 0, &type, sizeof(type));
	drop_add(rule);
}

static void rule_put(struct nftables_batch *batch, const char *chain, uint8_t protocol, const uint8_t *mark,
		     void (*act_add)(struct nftnl_rule *rule))
{
	struct nftnl_rule *rule = nftnl_rule_alloc();

	if (rule) {
		ours_add(rule, protocol, mark);
		act_add(rule);
	}
	nftables_batch_rule_put(batch, chain, rule);
}

static void rules_put(struct nftables_batch *batch, const char *chain, const uint8_t *mark,
		      void (*act_add)(struct nftnl_rule *rule))
{
	rule_put(batch, chain, IPPROTO_TCP, mark, act_add);
	rule_put(batch, chain, IPPROTO_UDP, mark, act_add);
}

/* The table with its chains; the transaction is open. */
static void table_put(const char *table, struct nftables_batch *batch)
{
	*batch = (struct nftables_batch){.table = table};
	nftables_batch_begin(batch);
	nftables_batch_table_put(batch, NFT_MSG_NEWTABLE);
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		nftables_batch_chain_put(batch, &chains[i]);
}

void nftables_trace_build(const char *table, const uint8_t *mark, struct nftables_batch *batch)
{
	table_put(table, batch);
	rules_put(batch, "prerouting", mark, trace_add);
	rules_put(batch, "input-end", mark, drop_add);
	rules_put(batch, "postrouting-end", mark, drop_add);
	nftables_batch_end(batch);
}

/* The reply of the last family is dropped at the last hook. */
static void journey_put(const char *table, const uint8_t *mark, uint8_t last, struct nftables_batch *batch)
{
	void (*drop)(struct nftnl_rule * rule) = last == IPPROTO_ICMP ? reply4_drop_add : reply_drop_add;

	table_put(table, batch);
	rule_put(batch, "prerouting", IPPROTO_ICMPV6, mark, trace_add);
	rule_put(batch, "prerouting", IPPROTO_ICMP, mark, trace_add);
	rule_put(batch, "input-end", last, mark, drop);
	rule_put(batch, "postrouting-end", last, mark, drop);
	nftables_batch_end(batch);
}

void nftables_journey_build(const char *table, const uint8_t *mark, struct nftables_batch *batch)
{
	journey_put(table, mark, IPPROTO_ICMPV6, batch);
}

void nftables_journey4_build(const char *table, const uint8_t *mark, struct nftables_batch *batch)
{
	journey_put(table, mark, IPPROTO_ICMP, batch);
}
