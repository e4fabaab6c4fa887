/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets that count for each client, and the expression by which a packet of a client is beyond its limit. */
#ifndef NFTABLES_METER_H
#define NFTABLES_METER_H

#include "nftables/ruleset.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_settings;
struct nftnl_rule;
struct nftnl_set;

/* The meter of a condition; NULL when it has none. */
const struct nftables_meter *nftables_meter_of(enum nftables_condition condition);

/* Its limit by the settings; 0: none, and then there is no rule. */
unsigned nftables_meter_limit(const struct nftables_meter *meter, const struct conf_settings *settings);

/* Make an empty set the meter's; id distinguishes the sets of a transaction. False when out of memory. */
bool nftables_meter_describe(struct nftnl_set *set, const struct nftables_meter *meter, uint32_t id);

/* Add to a rule what goes on only for packets beyond the limit. False when out of memory. */
bool nftables_meter_fill(struct nftnl_rule *rule, const struct nftables_meter *meter, const struct conf_settings *settings);

#endif
