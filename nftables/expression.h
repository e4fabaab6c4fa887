/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule of nf_tables, evaluated for one packet. */
#ifndef NFTABLES_EXPRESSION_H
#define NFTABLES_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

struct nftables_probe;
struct nftnl_expr;
struct nftnl_rule;
struct nftnl_set;

/* What a condition says. */
enum nftables_truth { NFTABLES_FALSE, NFTABLES_TRUE, NFTABLES_UNREAD };

enum { NFTABLES_REGISTER_WORDS = 16, NFTABLES_HEADERS = 80 };

enum nftables_kind { NFTABLES_GOES_ON, NFTABLES_ACCEPTS, NFTABLES_STOPS, NFTABLES_JUMPS, NFTABLES_GOES_TO, NFTABLES_RETURNS };

struct nftables_verdict {
	enum nftables_kind kind;
	const char *chain; /* JUMPS, GOES_TO; belongs to the rule or set */
	bool certain;      /* every condition was read */
};

/* The packet on its way through the rules. */
struct nftables_machine {
	const struct nftables_probe *probe;
	uint8_t network[40], transport[20]; /* its headers; the tail of an IPv4 header is never asked for */
	uint32_t mark;
	uint32_t registers[NFTABLES_REGISTER_WORDS];
	bool known[NFTABLES_REGISTER_WORDS];
	struct nftables_verdict verdict; /* of the rule that it is in */
	/* Finds a set of the table that the rule is in, with its elements; NULL: not known. */
	const struct nftnl_set *(*set_find)(void *context, const char *name);
	void *context;
};

/* Fill in headers and the rest by machine->probe. */
void nftables_machine_begin(struct nftables_machine *machine);

/* A rule that does not match, or gives no verdict, GOES_ON. */
struct nftables_verdict nftables_rule_evaluate(struct nftables_machine *machine, const struct nftnl_rule *rule);

/* A match of iptables, inside of nf_tables. */
enum nftables_truth nftables_xtables_match(const struct nftables_machine *machine, const struct nftnl_expr *expression);

/* A target of iptables: a mark is set in the machine. */
enum nftables_kind nftables_xtables_target(struct nftables_machine *machine, const struct nftnl_expr *expression);

/* Is the key, of that many octets, in the set? When it is a map, *element is what it leads to. */
struct nftnl_set_elem;
enum nftables_truth nftables_set_holds(const struct nftnl_set *set, const void *key, uint32_t length, struct nftnl_set_elem **element);

#endif
