/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ruleset as data: chains, and rules made of named conditions and one verdict each. */
#ifndef NFTABLES_RULESET_H
#define NFTABLES_RULESET_H

#include "nftables/condition.h"
#include "nftables/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nftables_chain {
	const char *name;
	const char *type; /* "filter", "nat"; NULL: a chain that only other chains lead to */
	uint32_t hook;    /* NF_INET_FORWARD... */
	int32_t priority;
};

#define NFTABLES_CONDITIONS 4 /* at most, in one rule */

struct nftables_rule {
	const char *chain;
	enum nftables_condition conditions[NFTABLES_CONDITIONS]; /* all of them; ALWAYS fills up */
	enum {
		ACCEPT,
		DROP,
		GOTO,
		MASQUERADE,
		CLEAR_MARK,
		MOVE_FROM_TWIN,
		MOVE_FROM_TWIN6,
		SPEAK_FOR_TRANSLATOR, /* its IPv6 address becomes the source; the packet goes on to the next rule */
		COUNT_DROP            /* with a counter that has no name */
	} verdict;
	enum nftables_counter counter; /* of all but ACCEPT, GOTO, SPEAK_FOR_TRANSLATOR and COUNT_DROP */
	const char *target;            /* of GOTO */
	const char *comment;           /* what the rule does, in nft(8)'s list and in our messages */
};

extern const struct nftables_chain nftables_chains[];
extern const size_t nftables_chain_count;

/* What counts for each client: a set that the packets themselves fill, for as long as a client does something. */
struct nftables_meter {
	const char *name;
	enum nftables_condition condition;
	int family;      /* AF_INET or AF_INET6: of the client's address, or its network */
	unsigned bursts; /* a rate a second, this part of which may come at once; 0: connections at once */
};

#define NFTABLES_METERS 6
extern const struct nftables_meter nftables_meters[NFTABLES_METERS];

extern const struct nftables_rule nftables_rules[];
extern const size_t nftables_rule_count;

/* What the second table (hold.c) has besides our chains of type nat. */
extern const struct nftables_chain nftables_hold_chains[];
extern const size_t nftables_hold_chain_count;
extern const struct nftables_rule nftables_hold_rules[];
extern const size_t nftables_hold_rule_count;

#endif
