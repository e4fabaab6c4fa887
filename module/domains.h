/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The split domains as the module needs them: wire names and prefixes, the most specific first. */
#ifndef MODULE_DOMAINS_H
#define MODULE_DOMAINS_H

#include "module/domain.h"

struct conf_report;
struct conf_settings;
struct record;

/* The domains own the settings from now on. NULL when a domain has no prefix, or a real suffix would lead back into a split domain: then
 * the settings are still the caller's. */
struct split_domains *splitdns_split_domains_new(struct conf_settings *settings, struct conf_report *report);
void splitdns_split_domains_free(struct split_domains *domains);

/* The most specific split domain of a name, and at which octet of the name it begins; NULL when there is none. */
const struct split_domain *splitdns_split_domains_find(const struct split_domains *domains, const uint8_t *name,
						       size_t length, size_t *offset);

/*
 * The prefix that a name of the domain is answered in: every answer has one alone. name and offset as splitdns_split_domains_find
 * takes and gives them; what stands before the domain decides, in any case, or for the domain itself all of it.
 */
const struct split_prefix *splitdns_split_domain_prefix(const struct split_domain *domain, const uint8_t *name,
							size_t offset);

/* The same for the zone that a name under ip6.arpa, or of the twin under in-addr.arpa, lies in. */
const struct reverse_zone *splitdns_split_domains_find_reverse(const struct split_domains *domains, const uint8_t *name,
							       size_t length, size_t *offset);

/* True when the name is one that the module may have to answer: in a split domain, or in the zone of a prefix or of the twin. */
bool splitdns_split_domains_answer(const struct split_domains *domains, const uint8_t *name, size_t length);

/* True when relay.conf lets packets through to this address in a prefix, or by the twin (NULL): an AAAA for another one would be a black
 * hole. The machine's own addresses are another question: module/local_address.h. */
bool splitdns_split_domains_allow(const struct split_domains *domains, const struct conf_prefix6 *prefix,
				  struct in_addr address);

/* Is it this node's own address, where clients reach the page of http-listen by the prefix and the twin? */
bool split_domains_serve(const struct split_domains *domains, struct in_addr address);

/* The addresses that clients reach by the twin, moved into it, at most so many. How many there are. */
size_t split_domains_move_to_twin(const struct split_domains *domains, const struct record *records, size_t count,
				  struct in_addr *addresses, size_t most);

/* The same of IPv6 addresses and twin6. */
size_t split_domains_move_to_twin6(const struct split_domains *domains, const struct record *records, size_t count,
				   struct in6_addr *addresses, size_t most);

/* True when the octets hold a name that must stay hidden (splitdns_wire_name_is_in): the real suffix of whichever domain, unless it
 * is a split domain itself. */
bool splitdns_split_domains_show_real(const struct split_domains *domains, const uint8_t *octets, size_t length);

/* The same for a name below a split domain. A split domain that lies below a real suffix itself is no secret to who asks for it: there the
 * labels before it count. */
bool splitdns_split_domains_name_shows_real(const struct split_domains *domains, const uint8_t *name, size_t length);

/* True when the address lies in a prefix or in twin6: then it stands for another address, and nobody else has it. */
bool splitdns_split_domains_own6(const struct split_domains *domains, const struct in6_addr *address);

#endif
