/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses a condition of the ruleset stands for, by the settings. */
#ifndef NFTABLES_LISTS_H
#define NFTABLES_LISTS_H

#include "conf/address.h"
#include "nftables/ruleset.h"

#include <stdbool.h>

struct conf_settings;

/* A prefix of either family, to be matched against source or destination. */
struct nftables_prefix {
	int family; /* AF_INET or AF_INET6 */
	bool destination;
	union {
		struct conf_prefix4 v4;
		struct conf_prefix6 v6;
	};
};

/* Does the condition name a list of addresses? */
bool nftables_condition_is_list(enum nftables_condition condition);

/* The member-th prefix of the list. False behind the last. */
bool nftables_list_member(enum nftables_condition condition, const struct conf_settings *settings, size_t member,
			  struct nftables_prefix *prefix);

/* Do all allowed destinations lie in the overlay's range, 100.64.0.0/10 (RFC 6598)? */
bool nftables_overlay_only(const struct conf_settings *settings);

#endif
