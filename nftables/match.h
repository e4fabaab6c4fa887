/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the named conditions and verdicts of the ruleset to nf_tables expressions. */
#ifndef NFTABLES_MATCH_H
#define NFTABLES_MATCH_H

#include <stdbool.h>
#include <stddef.h>

struct conf_settings;
struct nftables_rule;
struct nftnl_rule;

/* How many rules the settings make of this one: the members of its list, 1 without a list, 0 when it does not apply. */
size_t nftables_rule_members(const struct nftables_rule *wanted, const struct conf_settings *settings);

/* Add the expressions for the member-th of them to an empty rule. False when out of memory. */
bool nftables_rule_fill(struct nftnl_rule *rule, const struct nftables_rule *wanted, const struct conf_settings *settings,
			size_t member);

#endif
