/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The split domains as the module needs them: wire names and prefixes, the most specific first. */
#ifndef MODULE_DOMAINS_H
#define MODULE_DOMAINS_H

#include "conf/address.h"
#include "conf/entries.h"
#include "conf/policy.h"
#include "module/names.h"

struct conf_report;
struct conf_settings;

/* One of the prefixes a split domain is answered in. */
struct split_prefix {
	struct conf_prefix6 prefix; /* of a length RFC 6052 knows */
	uint64_t seed;              /* see module/spread.h */
};

struct split_domain {
	struct wire_name split;
	struct wire_name real;
	struct split_prefix *prefixes; /* one at least, in the order of relay.conf */
	size_t prefix_count;
	bool same;     /* it is its own real suffix: module/same.c */
	bool by_order; /* the first one always, and no spreading */
	size_t order;  /* the how-manieth of relay.conf */
	enum conf_a_policy a_policy;
	bool native_aaaa;
	uint32_t passed, withheld; /* types, as conf_policy_passes knows them */
};

/* Where the names of the addresses of one prefix lie, under ip6.arpa. */
struct reverse_zone {
	struct wire_name zone;
	struct conf_prefix6 prefix;
	bool is_twin; /* it is of the twin prefix, under in-addr.arpa, and not of a prefix */
	bool is_host; /* it is the name of one address: no name lies below it */
};

/* What relay.conf says about names and about which addresses are translated. Read-only: every thread reads it. */
struct split_domains {
	struct split_domain *list;
	size_t count;
	struct reverse_zone *reverses;
	size_t reverse_count;
	struct conf_twin twin; /* when there are zones of it */
	struct reverse_zone *twin_zones;
	size_t twin_zone_count;
	struct conf_settings *settings; /* for conf/reach.h */
	struct conf_prefix6 dns64; /* has_dns64: where Unbound's dns64 puts addresses */
	bool has_dns64;
};

/* The domains own the settings from now on. NULL when a domain has no prefix, or a real suffix would lead back into a split domain: then
 * the settings are still the caller's. */
struct split_domains *split_domains_new(struct conf_settings *settings, struct conf_report *report);
void split_domains_free(struct split_domains *domains);

/* The most specific split domain of a name, and at which octet of the name it begins; NULL when there is none. */
const struct split_domain *split_domains_find(const struct split_domains *domains, const uint8_t *name, size_t length,
					      size_t *offset);

/*
 * The prefix that a name of the domain is answered in: every answer has one alone. name and offset as split_domains_find
 * takes and gives them; what stands before the domain decides, in any case, or for the domain itself all of it.
 */
const struct split_prefix *split_domain_prefix(const struct split_domain *domain, const uint8_t *name, size_t offset);

/* The same for the zone that a name under ip6.arpa, or of the twin under in-addr.arpa, lies in. */
const struct reverse_zone *split_domains_find_reverse(const struct split_domains *domains, const uint8_t *name,
						      size_t length, size_t *offset);

/* True when the name is one that the module may have to answer: in a split domain, or in the zone of a prefix or of the twin. */
bool split_domains_answer(const struct split_domains *domains, const uint8_t *name, size_t length);

/* True when relay.conf lets packets through to this address in a prefix, or by the twin (NULL): an AAAA for another one would be a black
 * hole. The machine's own addresses are another question: module/local_address.h. */
bool split_domains_allow(const struct split_domains *domains, const struct conf_prefix6 *prefix, struct in_addr address);

/* True when the octets hold a name that must stay hidden (wire_name_is_in): the real suffix of whichever domain, unless it
 * is a split domain itself. */
bool split_domains_show_real(const struct split_domains *domains, const uint8_t *octets, size_t length);

/* The same for a name below a split domain. A split domain that lies below a real suffix itself is no secret to who asks for it: there the
 * labels before it count. */
bool split_domains_name_shows_real(const struct split_domains *domains, const uint8_t *name, size_t length);

/* True when the address lies in a prefix: then it stands for an IPv4 address, and nobody else has it. */
bool split_domains_own6(const struct split_domains *domains, const struct in6_addr *address);

#endif
