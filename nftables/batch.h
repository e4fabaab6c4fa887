/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transaction under construction: nf_tables messages one behind another in one buffer. */
#ifndef NFTABLES_BATCH_H
#define NFTABLES_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_settings;
struct nftables_chain;
struct nftnl_rule;
struct nlmsghdr;

/* All zero is an empty batch, of our table. */
struct nftables_batch {
	const char *table; /* NULL: NFTABLES_TABLE; any other belongs to the socket that sends it */
	const char *owner; /* the runtime folder of the relay whose table it is, for its comment; NULL: no comment */
	char *buffer;
	size_t length, room;
	uint32_t first, last; /* sequence numbers of the batch's begin and of its last message before the end */
	bool failed;          /* out of memory; building goes on without effect */
};

/* The transaction that puts our table in place: create it if need be, delete it, create it with all in it. */
void nftables_batch_replace(struct nftables_batch *batch, const struct conf_settings *settings);

/*
 * The same for NFTABLES_HOLD, which belongs to the socket that sends it: our chains with their rules, one step behind those of our table,
 * but for the limits of clients; and, when the kernel has nft_socket, what is there for forgotten connections. See hold.c.
 */
void nftables_batch_hold(struct nftables_batch *batch, const struct conf_settings *settings, bool has_sockets);

/* The transaction that deletes our table. */
void nftables_batch_delete(struct nftables_batch *batch);

/*
 * The parts of a transaction: between begin and end, messages about the table of the batch. A message of a type of nf_tables is begun, filled and ended; NULL out
 * of memory. A rule is freed; NULL is one that could not be made.
 */
void nftables_batch_begin(struct nftables_batch *batch);
struct nlmsghdr *nftables_batch_message_begin(struct nftables_batch *batch, uint16_t type, uint16_t flags);
void nftables_batch_message_end(struct nftables_batch *batch, const struct nlmsghdr *message);
void nftables_batch_table_put(struct nftables_batch *batch, uint16_t type);
void nftables_batch_chain_put(struct nftables_batch *batch, const struct nftables_chain *wanted);
void nftables_batch_rule_put(struct nftables_batch *batch, const char *chain, struct nftnl_rule *rule);
/* A message of another batch. */
void nftables_batch_copy(struct nftables_batch *batch, const struct nlmsghdr *message);
void nftables_batch_end(struct nftables_batch *batch);

/* Walk the messages: the first with NULL, NULL behind the last. */
const struct nlmsghdr *nftables_batch_next(const struct nftables_batch *batch, const struct nlmsghdr *message);

/* Is nothing between begin and end? */
bool nftables_batch_is_empty(const struct nftables_batch *batch);

void nftables_batch_clear(struct nftables_batch *batch);

#endif
