/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits for each client, as `update @packets { ip6 saddr limit rate over 10000/second burst 501 packets }` and
 * `add @connections { ip6 saddr ct count over 4096 }` are in nft(8).
 *
 * The key of a set is a client's address, or of IPv6 the network of client-prefix-length that it lies in. An element of a rate is forgotten
 * when its client has been silent for a while, one of connections when the last of them has ended.
 */
#include "nftables/meter.h"

#include "conf/settings.h"

#include <stdio.h> /* libnftnl/expr.h forgets it */
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <string.h>

/* What nft(8) calls the types of the keys (its datatype.h). */
#define NFT_TYPE_IPADDR  7
#define NFT_TYPE_IP6ADDR 8

#define CLIENTS_MAX 65535
#define SILENCE_MS  10000 /* longer than a burst takes to fill again */

const struct nftables_meter *nftables_meter_of(enum nftables_condition condition)
{
	for (size_t i = 0; i < NFTABLES_METERS; i++)
		if (nftables_meters[i].condition == condition)
			return &nftables_meters[i];
	return NULL;
}

unsigned nftables_meter_limit(const struct nftables_meter *meter, const struct conf_settings *settings)
{
	switch (meter->condition) {
	case OVER_PACKETS:
		return settings->translation.limits.packets;
	case OVER_FRAGMENTS:
		return settings->translation.limits.fragments;
	case OVER_FRESH:
	case OVER_FRESH4:
		return settings->translation.limits.fresh;
	default:
		return settings->translation.limits.connections;
	}
}

static uint32_t key_length(const struct nftables_meter *meter)
{
	return meter->family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

bool nftables_meter_describe(struct nftnl_set *set, const struct nftables_meter *meter, uint32_t id)
{
	nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(set, NFTNL_SET_ID, id);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS, NFT_SET_EVAL | (meter->bursts ? NFT_SET_TIMEOUT : 0));
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, meter->family == AF_INET6 ? NFT_TYPE_IP6ADDR : NFT_TYPE_IPADDR);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, key_length(meter));
	nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, CLIENTS_MAX);
	if (meter->bursts)
		nftnl_set_set_u64(set, NFTNL_SET_TIMEOUT, SILENCE_MS);
	return nftnl_set_set_str(set, NFTNL_SET_TABLE, NFTABLES_TABLE) == 0 &&
	       nftnl_set_set_str(set, NFTNL_SET_NAME, meter->name) == 0;
}

/* A new expression at the end of the rule. */
static struct nftnl_expr *expression(struct nftnl_rule *rule, const char *name)
{
	struct nftnl_expr *made = nftnl_expr_alloc(name);

	if (made)
		nftnl_rule_add_expr(rule, made);
	return made;
}

/* Register 1 becomes the client's address, or its network. */
static bool key_load(struct nftnl_rule *rule, const struct nftables_meter *meter, unsigned length)
{
	static const uint8_t zero[sizeof(struct in6_addr)];
	uint8_t mask[sizeof(struct in6_addr)] = {0};
	bool six = meter->family == AF_INET6;
	struct nftnl_expr *payload = expression(rule, "payload"), *bitwise;

	if (!payload)
		return false;
	nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET,
			   six ? offsetof(struct ip6_hdr, ip6_src) : offsetof(struct iphdr, saddr));
	nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, key_length(meter));
	if (!six || length == 128)
		return true;
	bitwise = expression(rule, "bitwise");
	if (!bitwise)
		return false;
	memset(mask, 0xff, length / 8);
	mask[length / 8] = (uint8_t)(0xff00 >> length % 8);
	nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(bitwise, NFTNL_EXPR_BITWISE_LEN, sizeof(mask));
	nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_MASK, mask, sizeof(mask));
	nftnl_expr_set(bitwise, NFTNL_EXPR_BITWISE_XOR, zero, sizeof(zero));
	return true;
}

/* What is kept beside each key, and lets those pass on that are over the limit. */
static struct nftnl_expr *counting(const struct nftables_meter *meter, unsigned limit)
{
	struct nftnl_expr *made = nftnl_expr_alloc(meter->bursts ? "limit" : "connlimit");

	if (made && meter->bursts) {
		nftnl_expr_set_u64(made, NFTNL_EXPR_LIMIT_RATE, limit);
		nftnl_expr_set_u64(made, NFTNL_EXPR_LIMIT_UNIT, 1);
		nftnl_expr_set_u32(made, NFTNL_EXPR_LIMIT_BURST, limit / meter->bursts + 1);
		nftnl_expr_set_u32(made, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
		nftnl_expr_set_u32(made, NFTNL_EXPR_LIMIT_FLAGS, NFT_LIMIT_F_INV);
	} else if (made) {
		nftnl_expr_set_u32(made, NFTNL_EXPR_CONNLIMIT_COUNT, limit);
		nftnl_expr_set_u32(made, NFTNL_EXPR_CONNLIMIT_FLAGS, NFT_CONNLIMIT_F_INV);
	}
	return made;
}

bool nftables_meter_fill(struct nftnl_rule *rule, const struct nftables_meter *meter, const struct conf_settings *settings)
{
	struct nftnl_expr *dynset, *counts = counting(meter, nftables_meter_limit(meter, settings));

	if (!counts || !key_load(rule, meter, settings->translation.quota.length) ||
	    !(dynset = expression(rule, "dynset"))) {
		if (counts)
			nftnl_expr_free(counts);
		return false;
	}
	nftnl_expr_set_u32(dynset, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(dynset, NFTNL_EXPR_DYNSET_OP, meter->bursts ? NFT_DYNSET_OP_UPDATE : NFT_DYNSET_OP_ADD);
	nftnl_expr_set_u32(dynset, NFTNL_EXPR_DYNSET_SET_ID, (uint32_t)(meter - nftables_meters) + 1);
	nftnl_expr_set(dynset, NFTNL_EXPR_DYNSET_EXPR, counts, 0);
	return nftnl_expr_set_str(dynset, NFTNL_EXPR_DYNSET_SET_NAME, meter->name) == 0;
}
