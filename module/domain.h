/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module knows of a split domain, and of all of them. */
#ifndef MODULE_DOMAIN_H
#define MODULE_DOMAIN_H

#include "conf/address.h"
#include "conf/entries.h"
#include "conf/policy.h"
#include "module/names.h"

struct conf_settings;

/* One of the prefixes a split domain is answered in. */
struct split_prefix {
	struct conf_prefix6 prefix; /* of a length RFC 6052 knows */
	uint64_t seed;              /* see module/rendezvous.h */
};

struct split_domain {
	struct wire_name split;
	struct wire_name real;
	struct split_prefix *prefixes; /* one at least, in the order of relay.conf */
	size_t prefix_count;
	bool same;     /* it is its own real suffix: module/same_name.c */
	bool by_order; /* the first one always, and no spreading */
	size_t order;  /* the how-manieth of relay.conf */
	enum conf_a_policy a_policy;
	bool native_aaaa;
	bool twin6_first;          /* the addresses in twin6 before those in the prefix */
	unsigned labels;           /* of a name before the split domain at most; 0: any number */
	uint32_t passed, withheld; /* types, as conf_policy_passes knows them */
};

/* Where the names of the addresses of one prefix lie, under ip6.arpa. */
struct reverse_zone {
	struct wire_name zone;
	struct conf_prefix6 prefix;
	bool is_twin;  /* it is of the twin prefix, under in-addr.arpa, and not of a prefix */
	bool is_twin6; /* prefix is the twin6 prefix, which stands for IPv6 addresses */
	bool is_host;  /* it is the name of one address: no name lies below it */
};

/* What relay.conf says about names and about which addresses are translated. Read-only: every thread reads it. */
struct split_domains {
	struct split_domain *list;
	size_t count;
	struct reverse_zone *reverses;
	size_t reverse_count;
	struct conf_twin twin;   /* when there are zones of it */
	struct conf_twin6 twin6; /* has_twin6 */
	bool has_twin6;
	struct reverse_zone *twin_zones;
	size_t twin_zone_count;
	struct conf_settings *settings; /* for conf/reach.h */
	struct conf_prefix6 dns64;      /* has_dns64: where Unbound's dns64 puts addresses */
	bool has_dns64;
};

#endif
