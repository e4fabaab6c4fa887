/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule that is being made of expressions: what conditions and verdicts have in common. */
#ifndef NFTABLES_EXPRESSION_H
#define NFTABLES_EXPRESSION_H

#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_settings;
struct nftnl_expr;
struct nftnl_rule;

/* The bits of the packet mark that belong to Tailscale: 0x40000 under this mask says "came from the tailnet". */
#define NFTABLES_TAILSCALE_MARK UINT32_C(0x00ff0000)

/* It takes expressions until memory runs out. */
struct nftables_maker {
	struct nftnl_rule *rule;
	const struct conf_settings *settings;
	bool failed;
};

/* A new expression at the end of the rule; NULL when out of memory. */
struct nftnl_expr *nftables_expression_add(struct nftables_maker *maker, const char *name);

/* Load what is known of the packet besides its octets into register 1. */
void nftables_expression_load_meta(struct nftables_maker *maker, enum nft_meta_keys key);

/* Register 1 becomes register 1 and mask, of 16 octets at most. */
void nftables_expression_mask(struct nftables_maker *maker, const void *mask, size_t length);

#endif
