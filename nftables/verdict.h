/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a packet that a rule is about, and by which counter it is counted. */
#ifndef NFTABLES_VERDICT_H
#define NFTABLES_VERDICT_H

struct nftables_maker;
struct nftables_rule;

/* Add it behind the conditions of the rule that is being made. */
void nftables_verdict_put(struct nftables_maker *maker, const struct nftables_rule *wanted);

#endif
