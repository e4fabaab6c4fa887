/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of ours put in place, by a transaction under which no packet is lost that passes before and after. */
#ifndef NFTABLES_EXCHANGE_H
#define NFTABLES_EXCHANGE_H

#include <stdbool.h>

struct conf_report;
struct mnl_socket;
struct nftables_batch;
struct nftables_canon;

/* What the kernel holds of the table canon->table, all kinds of objects, settled. 0 (empty when there is no table), or -1. */
int nftables_exchange_read(struct nftables_canon *canon, struct conf_report *report);

/*
 * Two transactions that lead from what was got to what is wanted, whose lines are given, in the order of nftables_canon_equal() as those got: the first
 * makes the sets that are not there, the second exchanges the rest (updates: two empty batches). False when the table differs in more than rules, sets of intervals and their
 * elements: it is then to be replaced as a whole.
 */
bool nftables_exchange_make(const struct nftables_batch *wanted, const struct nftables_canon *lines,
			    const struct nftables_canon *got, struct nftables_batch *updates);

/*
 * Put the wanted table (nftables_batch_replace, nftables_batch_hold) in place, by the socket that owns it, or NULL. 1 changed, 0 was already the same, -1
 * with errno of the first refusal.
 */
int nftables_exchange(const struct mnl_socket *socket, const struct nftables_batch *wanted, struct conf_report *report);

#endif
