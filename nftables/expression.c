/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions at the end of a rule. */
#include "nftables/expression.h"

#include <netinet/in.h>
#include <stdio.h> /* libnftnl/expr.h forgets it */
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

struct nftnl_expr *nftables_expression_add(struct nftables_maker *maker, const char *name)
{
	struct nftnl_expr *made = maker->failed ? NULL : nftnl_expr_alloc(name);

	if (made)
		nftnl_rule_add_expr(maker->rule, made);
	else
		maker->failed = true;
	return made;
}

void nftables_expression_load_meta(struct nftables_maker *maker, enum nft_meta_keys key)
{
	struct nftnl_expr *meta = nftables_expression_add(maker, "meta");

	if (meta) {
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, key);
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, NFT_REG_1);
	}
}

void nftables_expression_mask(struct nftables_maker *maker, const void *mask, size_t length)
{
	static const uint8_t zero[sizeof(struct in6_addr)];
	struct nftnl_expr *bitwise = nftables_expression_add(maker, "bitwise");

	if (bitwise) {
		nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
		nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
		nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, (uint32_t)length);
		nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, mask, (uint32_t)length);
		nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, zero, (uint32_t)length);
	}
}
