/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everybody else's rules of nf_tables, and what becomes of a packet of ours under them. */
#ifndef NFTABLES_FOREIGN_H
#define NFTABLES_FOREIGN_H

#include "conf/settings.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct nftables_foreign; /* all chains, rules and sets, but those of our own table */

/* A packet as the rules see it. */
struct nftables_probe {
	unsigned hook;      /* NF_INET_FORWARD, or NF_INET_LOCAL_IN */
	const char *in;     /* the interface that it came by */
	const char *out;    /* the one that it leaves by; "" at input */
	struct conf_address source, destination; /* of one family */
	uint8_t protocol;   /* IPPROTO_TCP or IPPROTO_UDP */
	uint16_t port;      /* destination, host order; the source is an ephemeral one */
	bool established;   /* of a connection that both sides have spoken on; else its first packet */
};

/* Who stops it. */
struct nftables_obstacle {
	uint8_t family;   /* NFPROTO_IPV4, NFPROTO_IPV6 or NFPROTO_INET */
	char table[64];
	char chain[64];   /* the base chain */
	bool policy;      /* by its policy; else by a rule in it, or in one that it leads to */
	bool certain;     /* no rule before it that we cannot read might accept */
};

/* Read all of them. To be freed. NULL with a line in the report. */
struct nftables_foreign *nftables_foreign_read(struct conf_report *report);

/* Would somebody's filter chain stop the packet? True with the first certain obstacle, or else the first that is possible. */
bool nftables_foreign_stops(const struct nftables_foreign *foreign, const struct nftables_probe *probe,
			    struct nftables_obstacle *obstacle);

/* Has the table a chain whose name begins so? */
bool nftables_foreign_has_chain(const struct nftables_foreign *foreign, uint8_t family, const char *table, const char *beginning);

void nftables_foreign_free(struct nftables_foreign *foreign);

#endif
