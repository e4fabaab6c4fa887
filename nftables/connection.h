/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection that conntrack is made to know, those that it is made to forget, and all that it knows. */
#ifndef NFTABLES_CONNECTION_H
#define NFTABLES_CONNECTION_H

#include "conf/entries.h"

#include <stdint.h>
#include <netinet/in.h>

struct conf_prefix;
struct conf_report;
struct nlmsghdr;

/* Of TCP, as its client opened it; addresses of one family, ports in host order. */
struct nftables_connection {
	struct conf_address client, server;
	uint16_t client_port, server_port;
};

enum { NFTABLES_CONNECTION_ROOM = 512, NFTABLES_CONNECTION_SECONDS = 5 };

/* Make it established, for NFTABLES_CONNECTION_SECONDS, whatever passes on it. 0, or -1: the kernel's nf_conntrack_netlink refuses. */
int nftables_connection_add(const struct nftables_connection *connection, struct conf_report *report);

/*
 * Forget each connection that was opened to an address in the prefix: its packets are moved by conntrack alone, past rules that are gone. How many, or -1:
 * the kernel's nf_conntrack_netlink refuses.
 */
int nftables_connections_end(const struct conf_prefix *to, struct conf_report *report);

/* Begin a message of type IPCTNL_MSG_CT_* in zeroed octets; flags beside NLM_F_REQUEST. Attributes may follow. */
struct nlmsghdr *nftables_connection_request(void *buffer, uint8_t family, uint16_t type, uint16_t flags);

/* The message, in a buffer of NFTABLES_CONNECTION_ROOM octets. */
struct nlmsghdr *nftables_connection_build(void *buffer, const struct nftables_connection *connection);

/* As its first packet had it, before any translation of addresses; ports in host order, 0 where the protocol has none. */
struct nftables_connection4 {
	struct in_addr source, destination;
	uint16_t destination_port;
	uint8_t protocol;
};

typedef void nftables_connection_visitor(void *context, const struct nftables_connection4 *connection);

/* Visit every IPv4 connection. 0, 1 the table changed while it was read: some may be missing; -1: the report says why. */
int nftables_connection_walk4(nftables_connection_visitor *visit, void *context, struct conf_report *report);

/* One message of the kernel's. -1: it holds no IPv4 connection. */
int nftables_connection_parse4(const struct nlmsghdr *message, struct nftables_connection4 *connection);

#endif
