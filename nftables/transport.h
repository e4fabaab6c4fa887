/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talking to nf_tables: a transaction with its answers, a list. */
#ifndef NFTABLES_TRANSPORT_H
#define NFTABLES_TRANSPORT_H

#include <libmnl/libmnl.h>
#include <stdint.h>

struct conf_report;
struct nftables_batch;

#define NFTABLES_CHANGES_ALL_THE_TIME "the rules of nf_tables change all the time: another program keeps rewriting them"

/* What to do about an error of nf_tables; refused is the text of what it refused (nftables_canon_text), or "". */
const char *nftables_transport_advice(int error, const char *refused);

/* A socket to nf_tables, to be closed by mnl_socket_close(). NULL: the report says why. */
struct mnl_socket *nftables_transport_open(struct conf_report *report);

/* Send a transaction and read its answers. 0, or -1 with errno of the first refusal: the kernel then changed nothing. */
int nftables_transport_commit(const struct nftables_batch *batch, struct conf_report *report);

/* The same by a socket that the caller keeps. */
int nftables_transport_commit_by(const struct mnl_socket *socket, const struct nftables_batch *batch,
				 struct conf_report *report);

/*
 * Ask for all objects of a type (NFT_MSG_GETTABLE, GETCHAIN, GETRULE, GETOBJ, GETSET) in a family (NFPROTO_UNSPEC: in every one),
 * every table's, and hand each message to the callback. 0, 1 the list changed while it was read (ask again), -1.
 */
int nftables_transport_list(uint16_t type, uint16_t family, mnl_cb_t callback, void *context, struct conf_report *report);

/* The elements of one set of the family inet; 1 as well when there is no such set. */
int nftables_transport_list_set(const char *table, const char *set, mnl_cb_t callback, void *context,
				struct conf_report *report);

/* The same with a request (NLM_F_DUMP, sequence number 1) that says more, as for the elements of one set. */
int nftables_transport_ask(const struct nlmsghdr *request, mnl_cb_t callback, void *context, struct conf_report *report);

/* The same by a socket that the caller keeps. */
int nftables_transport_ask_by(const struct mnl_socket *socket, const struct nlmsghdr *request, mnl_cb_t callback,
			      void *context, struct conf_report *report);

#endif
