/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ruleset as lines of text, the same for what we would send and for what the kernel lists. */
#ifndef NFTABLES_CANON_H
#define NFTABLES_CANON_H

#include "nftables/edges.h"

#include <stdbool.h>
#include <stddef.h>

struct conf_report;
struct nftables_batch;
struct nlmsghdr;

/* Lines such as "forward: "into the translator" [ meta load oifname => reg 1 ] ..." . All zero is empty. */
struct nftables_canon {
	struct nftables_canon_line {
		char *group; /* the chain of a rule; "" for table, chains, sets, their ranges, and counters */
		char *text;
		size_t order; /* of coming */
	} * lines;
	size_t count, room;
	struct nftables_edges edges; /* of sets, until they are made lines */
	bool failed;                 /* out of memory */
	const char *table;           /* whose lines; NULL: NFTABLES_TABLE */
};

/*
 * Add the line of one message of type NFT_MSG_NEWTABLE, NEWCHAIN, NEWRULE, NEWSET or NEWOBJ, or what NEWSETELEM adds to lines: see
 * nftables_canon_settle. Those of other tables than canon->table and other types are skipped; values of counters, handles and use counts are left
 * out. 0, or -1 when the message is malformed.
 */
int nftables_canon_add(struct nftables_canon *canon, const struct nlmsghdr *message);

/* The last message has been added: a line for each range of the sets. */
void nftables_canon_settle(struct nftables_canon *canon);

/* Is the line that of the set of intervals of this name? Is there one? */
bool nftables_canon_line_is_set(const char *text, const char *name);
bool nftables_canon_has_set(const struct nftables_canon *canon, const char *name);

/* Add every message of a transaction, and settle it, but the deletion and the begin and end. */
int nftables_canon_add_batch(struct nftables_canon *canon, const struct nftables_batch *batch);

/* True when both hold the same; else the report has what is missing, what is too much and what is out of order. */
bool nftables_canon_equal(struct nftables_canon *wanted, struct nftables_canon *got, struct conf_report *report);

/* The text of one message on its own ("" for begin and end), or NULL. To be freed. */
char *nftables_canon_text(const struct nlmsghdr *message);

void nftables_canon_clear(struct nftables_canon *canon);

#endif
