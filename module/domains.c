/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The split domains, taken over from the settings once, at the start.
 *
 * They stand in the order of falling length, so that the first that fits is the most specific. There are few of them,
 * and only questions that no cache can answer are compared: a list is enough.
 */
#include "module/domains.h"

#include "conf/reach.h"
#include "conf/report.h"
#include "conf/http.h"
#include "conf/settings.h"
#include "module/record.h"
#include "module/reverse.h"
#include "module/rendezvous.h"
#include "module/twin.h"

#include <stdlib.h>
#include <string.h>

/* Every prefix that serves the domain. 0, or -1 with a message. */
static int domain_fill_prefixes(struct split_domain *domain, const char *split, const struct conf_settings *settings,
				struct conf_report *report)
{
	domain->prefixes = calloc(settings->common.prefix_count + 1, sizeof(*domain->prefixes));
	if (!domain->prefixes)
		return conf_report_add(report, "out of memory");
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix6 *prefix = &settings->common.prefixes[i].prefix;

		if (!conf_settings_prefix_serves(settings, i, split))
			continue;
		domain->prefixes[domain->prefix_count++] = (struct split_prefix){*prefix, splitdns_rendezvous_seed(prefix)};
	}
	if (domain->prefix_count > 0)
		return 0;
	return conf_report_add(report, "split-domain: no prefix serves '%s': add a line 'prefix ADDRESS/LENGTH'", split);
}

static int domain_fill(struct split_domain *domain, const struct conf_split_domain *from,
		       const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_policy *policy = conf_policy_of(settings, from->split);

	if (splitdns_wire_name_parse(from->split, &domain->split) < 0 || domain->split.length == 1)
		return conf_report_add(report, "split-domain: '%s' is not a domain name", from->split);
	if (splitdns_wire_name_parse(from->real, &domain->real) < 0)
		return conf_report_add(report, "split-domain: the real suffix '%s' is not a domain name", from->real);
	if (domain_fill_prefixes(domain, from->split, settings, report) < 0)
		return -1;
	domain->same = strcmp(from->split, from->real) == 0;
	domain->by_order = policy && policy->by_order;
	domain->a_policy = conf_policy_a(settings, from->split);
	domain->native_aaaa = policy && policy->native_aaaa;
	domain->twin6_first = policy && policy->twin6_first;
	domain->labels = conf_policy_labels(settings, from);
	domain->passed = policy ? policy->passed : 0;
	domain->withheld = policy ? policy->withheld : 0;
	return 0;
}

/* A look-up of a real name must never come back to a split domain, but for one that is its own: it would wait for itself. */
static int domains_check_cycles(const struct split_domains *domains, const struct conf_settings *settings,
				struct conf_report *report)
{
	for (size_t i = 0; i < domains->count; i++) {
		const struct wire_name *real = &domains->list[i].real;
		const struct split_domain *found;
		size_t offset;

		found = splitdns_split_domains_find(domains, real->octets, real->length, &offset);
		if (!found || found->same)
			continue;
		return conf_report_add(report,
				       "split-domain: the real suffix '%s' lies below a split domain: name the real suffix of the "
				       "hosts",
				       settings->dns.split_domains[domains->list[i].order].real);
	}
	return 0;
}

static int domain_compare(const void *a, const void *b)
{
	const struct split_domain *left = a, *right = b;

	if (left->split.length != right->split.length)
		return left->split.length < right->split.length ? 1 : -1;
	return (left->order > right->order) - (left->order < right->order);
}

static void reverse_add(struct split_domains *domains, const struct conf_prefix6 *prefix, bool is_twin6)
{
	struct reverse_zone *reverse = &domains->reverses[domains->reverse_count++];

	reverse->prefix = *prefix;
	reverse->is_twin6 = is_twin6;
	splitdns_reverse_zone_make(&reverse->prefix, &reverse->zone);
}

/* Without split domains names of addresses are Unbound's: dns64 answers those of its prefix. */
static void reverses_fill(struct split_domains *domains, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		reverse_add(domains, &settings->common.prefixes[i].prefix, false);
	if (settings->common.has_twin6)
		reverse_add(domains, &settings->common.twin6.twin, true);
}

static int domains_fill(struct split_domains *domains, const struct conf_settings *settings, struct conf_report *report)
{
	domains->list = calloc(settings->dns.split_domain_count + 1, sizeof(*domains->list));
	domains->reverses = calloc(settings->common.prefix_count + 1, sizeof(*domains->reverses));
	if (!domains->list || !domains->reverses)
		return conf_report_add(report, "out of memory");
	domains->dns64 = settings->dns.dns64.prefix;
	domains->twin6 = settings->common.twin6;
	domains->has_twin6 = settings->common.has_twin6;
	domains->has_dns64 = settings->dns.dns64.on;
	if (conf_settings_is_relay(settings))
		reverses_fill(domains, settings);
	for (; domains->count < settings->dns.split_domain_count; domains->count++) {
		struct split_domain *domain = &domains->list[domains->count];

		domain->order = domains->count;
		if (domain_fill(domain, &settings->dns.split_domains[domains->count], settings, report) < 0) {
			free(domain->prefixes);
			return -1;
		}
	}
	if (conf_settings_is_relay(settings) && splitdns_twin_zones_make(domains, settings) < 0)
		return conf_report_add(report, "out of memory");
	qsort(domains->list, domains->count, sizeof(*domains->list), domain_compare);
	return domains_check_cycles(domains, settings, report);
}

struct split_domains *splitdns_split_domains_new(struct conf_settings *settings, struct conf_report *report)
{
	struct split_domains *domains = calloc(1, sizeof(*domains));

	if (!domains) {
		conf_report_add(report, "out of memory");
		return NULL;
	}
	if (domains_fill(domains, settings, report) < 0) {
		splitdns_split_domains_free(domains);
		return NULL;
	}
	domains->settings = settings;
	return domains;
}

void splitdns_split_domains_free(struct split_domains *domains)
{
	if (!domains)
		return;
	for (size_t i = 0; i < domains->count; i++)
		free(domains->list[i].prefixes);
	free(domains->list);
	free(domains->reverses);
	free(domains->twin_zones);
	conf_settings_free(domains->settings);
	free(domains);
}

const struct split_domain *splitdns_split_domains_find(const struct split_domains *domains, const uint8_t *name,
						       size_t length, size_t *offset)
{
	for (size_t i = 0; i < domains->count; i++)
		if (splitdns_wire_name_find_suffix(name, length, &domains->list[i].split, offset))
			return &domains->list[i];
	return NULL;
}

const struct split_prefix *splitdns_split_domain_prefix(const struct split_domain *domain, const uint8_t *name, size_t offset)
{
	const struct split_prefix *best = domain->prefixes;
	size_t length = offset > 0 ? offset : domain->split.length;
	uint64_t host, highest;

	if (domain->by_order || domain->prefix_count == 1)
		return best;
	host = splitdns_rendezvous_host(name, length);
	highest = splitdns_rendezvous_weight(host, best->seed);
	for (size_t i = 1; i < domain->prefix_count; i++) {
		uint64_t weight = splitdns_rendezvous_weight(host, domain->prefixes[i].seed);

		if (weight <= highest)
			continue;
		best = &domain->prefixes[i];
		highest = weight;
	}
	return best;
}

const struct reverse_zone *splitdns_split_domains_find_reverse(const struct split_domains *domains, const uint8_t *name,
							       size_t length, size_t *offset)
{
	for (size_t i = 0; i < domains->reverse_count; i++)
		if (splitdns_wire_name_find_suffix(name, length, &domains->reverses[i].zone, offset))
			return &domains->reverses[i];
	return splitdns_twin_find_zone(domains, name, length, offset);
}

bool splitdns_split_domains_answer(const struct split_domains *domains, const uint8_t *name, size_t length)
{
	size_t offset;

	return splitdns_split_domains_find(domains, name, length, &offset) ||
	       splitdns_split_domains_find_reverse(domains, name, length, &offset);
}

/* The client that asks is taken for one that is no map's. */
bool splitdns_split_domains_allow(const struct split_domains *domains, const struct conf_prefix6 *prefix,
				  struct in_addr address)
{
	const struct conf_reach_way way = {prefix, conf_reach_is_mapped4(domains->settings, address), false};

	return conf_reach_target4(domains->settings, &way, address) == CONF_REACH_YES;
}

bool split_domains_serve(const struct split_domains *domains, struct in_addr address)
{
	return conf_served_has4(domains->settings, address);
}

size_t split_domains_move_to_twin(const struct split_domains *domains, const struct record *records, size_t count,
				  struct in_addr *addresses, size_t most)
{
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < most; i++) {
		struct in_addr address;

		if (records[i].length != sizeof(address))
			continue;
		memcpy(&address, records[i].octets, sizeof(address));
		if (splitdns_split_domains_allow(domains, NULL, address) &&
		    conf_prefix4_move(&domains->twin.real, &domains->twin.twin, address, &addresses[kept]))
			kept++;
	}
	return kept;
}

size_t split_domains_move_to_twin6(const struct split_domains *domains, const struct record *records, size_t count,
				   struct in6_addr *addresses, size_t most)
{
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < most; i++) {
		struct in6_addr address;

		if (records[i].length != sizeof(address))
			continue;
		memcpy(&address, records[i].octets, sizeof(address));
		if (conf_reach_target6(domains->settings, &address) == CONF_REACH_YES &&
		    conf_prefix6_move(&domains->twin6.real, &domains->twin6.twin, &address, &addresses[kept]))
			kept++;
	}
	return kept;
}

bool splitdns_split_domains_show_real(const struct split_domains *domains, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < domains->count; i++) {
		const struct wire_name *real = &domains->list[i].real;
		size_t offset;

		if (!splitdns_split_domains_find(domains, real->octets, real->length, &offset) &&
		    splitdns_wire_name_is_in(real, octets, length))
			return true;
	}
	return false;
}

bool splitdns_split_domains_name_shows_real(const struct split_domains *domains, const uint8_t *name, size_t length)
{
	size_t host = length, offset;

	splitdns_split_domains_find(domains, name, length, &host);
	for (size_t i = 0; i < domains->count; i++) {
		const struct wire_name *real = &domains->list[i].real;
		bool known = splitdns_wire_name_is_in(real, name + host, length - host);

		if (!splitdns_split_domains_find(domains, real->octets, real->length, &offset) &&
		    splitdns_wire_name_is_in(real, name, known ? host : length))
			return true;
	}
	return false;
}

bool splitdns_split_domains_own6(const struct split_domains *domains, const struct in6_addr *address)
{
	for (size_t i = 0; i < domains->reverse_count; i++)
		if (conf_prefix6_contains(&domains->reverses[i].prefix, address))
			return true;
	return false;
}
