/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts as nf_tables expressions, in the shapes that nft(8) itself makes. */
#include "nftables/verdict.h"

#include "conf/settings.h"
#include "nftables/expression.h"
#include "nftables/ruleset.h"

#include <stdio.h> /* libnftnl/expr.h forgets it */
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/ip6.h>
#include <stddef.h>

static void count(struct nftables_maker *maker, enum nftables_counter counter)
{
	struct nftnl_expr *reference = nftables_expression_add(maker, "objref");

	if (reference) {
		nftnl_expr_set_u32(reference, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
		if (nftnl_expr_set_str(reference, NFTNL_EXPR_OBJREF_IMM_NAME, nftables_counter_name(counter)) < 0)
			maker->failed = true;
	}
}

static void conclude(struct nftables_maker *maker, int verdict, const char *chain)
{
	struct nftnl_expr *immediate = nftables_expression_add(maker, "immediate");

	if (immediate) {
		nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
		nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
		if (chain && nftnl_expr_set_str(immediate, NFTNL_EXPR_IMM_CHAIN, chain) < 0)
			maker->failed = true;
	}
}

static void clear_mark(struct nftables_maker *maker)
{
	const uint32_t kept = ~NFTABLES_TAILSCALE_MARK;
	struct nftnl_expr *meta;

	nftables_expression_load_meta(maker, NFT_META_MARK);
	nftables_expression_mask(maker, &kept, sizeof(kept));
	meta = nftables_expression_add(maker, "meta");
	if (meta) {
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_MARK);
		nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, NFT_REG_1);
	}
}

static void load_address(struct nftables_maker *maker, enum nft_registers target, const void *address, uint32_t size)
{
	struct nftnl_expr *immediate = nftables_expression_add(maker, "immediate");

	if (immediate) {
		nftnl_expr_set_u32(immediate, NFTNL_EXPR_IMM_DREG, target);
		nftnl_expr_set(immediate, NFTNL_EXPR_IMM_DATA, address, size);
	}
}

/* `dnat ip prefix to REAL`: NETMAP, which keeps the bits in which first and last address differ. */
static void move(struct nftables_maker *maker, uint32_t family, const void *first, const void *last, uint32_t size)
{
	struct nftnl_expr *nat;

	load_address(maker, NFT_REG_1, first, size);
	load_address(maker, NFT_REG_2, last, size);
	nat = nftables_expression_add(maker, "nat");
	if (nat) {
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FAMILY, family);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_REG_ADDR_MAX, NFT_REG_2);
		nftnl_expr_set_u32(nat, NFTNL_EXPR_NAT_FLAGS, NF_NAT_RANGE_NETMAP | NF_NAT_RANGE_MAP_IPS);
	}
}

static void move_from_twin(struct nftables_maker *maker, const struct conf_prefix4 *real)
{
	struct in_addr last = conf_prefix4_address(real, (uint32_t)(conf_prefix4_size(real) - 1));

	move(maker, NFPROTO_IPV4, &real->address, &last, sizeof(last));
}

static void move_from_twin6(struct nftables_maker *maker, const struct conf_prefix6 *real)
{
	struct in6_addr last = real->address;

	for (unsigned bit = real->length; bit < 8 * sizeof(last); bit++)
		last.s6_addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	move(maker, NFPROTO_IPV6, &real->address, &last, sizeof(last));
}

/* `ip6 saddr set OWN`, with the checksum of what the packet carries. */
static void speak_for_translator(struct nftables_maker *maker, const struct in6_addr *own)
{
	struct nftnl_expr *payload;

	load_address(maker, NFT_REG_1, own, sizeof(*own));
	payload = nftables_expression_add(maker, "payload");
	if (payload) {
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_SREG, NFT_REG_1);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offsetof(struct ip6_hdr, ip6_src));
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, sizeof(*own));
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_NONE);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_CSUM_OFFSET, 0);
		nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_FLAGS, NFT_PAYLOAD_L4CSUM_PSEUDOHDR);
	}
}

/* Has the rule a counter with a name? */
static bool has_counter(const struct nftables_rule *wanted)
{
	return wanted->verdict != ACCEPT && wanted->verdict != GOTO && wanted->verdict != SPEAK_FOR_TRANSLATOR &&
	       wanted->verdict != COUNT_DROP;
}

void nftables_verdict_put(struct nftables_maker *maker, const struct nftables_rule *wanted)
{
	const struct conf_settings *settings = maker->settings;

	if (has_counter(wanted))
		count(maker, wanted->counter);
	switch (wanted->verdict) {
	case ACCEPT:
		conclude(maker, NF_ACCEPT, NULL);
		break;
	case DROP:
		conclude(maker, NF_DROP, NULL);
		break;
	case GOTO:
		conclude(maker, NFT_GOTO, wanted->target);
		break;
	case MASQUERADE:
		nftables_expression_add(maker, "masq");
		break;
	case CLEAR_MARK:
		clear_mark(maker);
		break;
	case MOVE_FROM_TWIN:
		move_from_twin(maker, &settings->common.twin.real);
		break;
	case MOVE_FROM_TWIN6:
		move_from_twin6(maker, &settings->common.twin6.real);
		break;
	case SPEAK_FOR_TRANSLATOR:
		speak_for_translator(maker, &settings->translation.ipv6_address);
		break;
	case COUNT_DROP:
		nftables_expression_add(maker, "counter");
		conclude(maker, NF_DROP, NULL);
		break;
	}
}
