/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the named conditions and verdicts of the ruleset to nf_tables expressions. */
#ifndef NFTABLES_MATCH_H
#define NFTABLES_MATCH_H

#include <stdbool.h>

struct conf_settings;
struct nftables_rule;
struct nftnl_rule;

/* False when the settings do without the rule, or a set that it looks into is empty. */
bool nftables_rule_applies(const struct nftables_rule *wanted, const struct conf_settings *settings);

/* Add its expressions to an empty rule. False when out of memory. */
bool nftables_rule_fill(struct nftnl_rule *rule, const struct nftables_rule *wanted, const struct conf_settings *settings);

#endif
