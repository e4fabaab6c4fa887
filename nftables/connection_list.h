/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which connections conntrack knows. */
#ifndef NFTABLES_CONNECTION_LIST_H
#define NFTABLES_CONNECTION_LIST_H

#include <netinet/in.h>
#include <stdint.h>

struct conf_report;
struct nlmsghdr;

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
