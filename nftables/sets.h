/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named sets of the table: which addresses a condition of the ruleset stands for, by the settings. */
#ifndef NFTABLES_SETS_H
#define NFTABLES_SETS_H

#include "nftables/ruleset.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_settings;
struct nftables_range;
struct nftables_ranges;
struct nftnl_set;
struct nlmsghdr;

struct nftables_set {
	const char *name; /* in nft(8)'s list: @denied */
	int family;       /* AF_INET or AF_INET6 */
	void (*fill)(struct nftables_ranges *ranges, const struct conf_settings *settings);
};

extern const struct nftables_set nftables_sets[];
extern const size_t nftables_set_count;

/* Which address of a packet is looked up. */
enum nftables_place {
	NFTABLES_SOURCE,
	NFTABLES_DESTINATION,
	NFTABLES_ORIGINAL /* the destination of a connection's first packet, as it came in */
};

/* The set of a condition; NULL when it has none. */
const struct nftables_set *nftables_set_of(enum nftables_condition condition, enum nftables_place *place);

/* Its addresses, merged; to be cleared. */
struct nftables_ranges nftables_set_ranges(const struct nftables_set *set, const struct conf_settings *settings);

/* An empty set is not made, and neither are the rules that would look into it. */
bool nftables_set_is_empty(const struct nftables_set *set, const struct conf_settings *settings);

/* Make an empty set the one of that name; id distinguishes the sets of a transaction. False when out of memory. */
bool nftables_set_describe(struct nftnl_set *made, const struct nftables_set *set, const char *table, uint32_t id);

/* Fill a message of type NFT_MSG_NEWSETELEM with ranges of a set; each takes 72 octets at most. */
void nftables_set_put(struct nlmsghdr *message, const char *table, const struct nftables_set *set,
		      const struct nftables_range *ranges, size_t count);

/* Do all allowed destinations lie in the overlay's range, 100.64.0.0/10 (RFC 6598)? */
bool nftables_overlay_only(const struct conf_settings *settings);

#endif
