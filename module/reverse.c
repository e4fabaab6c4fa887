/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of addresses.
 *
 * A name below the zone of a prefix is a row of nibbles, the last of the address first, each a label of one hexadecimal
 * digit. Only the one way of embedding that the module itself answers with counts as an address: the u octet and the suffix
 * of RFC 6052 are zero. So each IPv4 address has one name inside a prefix, as it has one under in-addr.arpa.
 *
 * On the way back the most specific real suffix of all the domains decides. When that domain is not answered in this prefix,
 * there is no name here: a wider suffix would show the one that is to be hidden.
 */
#include "module/reverse.h"

#include "conf/address.h"
#include "conf/rfc6052.h"
#include "module/domain.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define NIBBLES 32

void splitdns_reverse_zone_make(const struct conf_prefix6 *prefix, struct wire_name *zone)
{
	char text[CONF_REVERSE_TEXT];

	splitdns_wire_name_parse(conf_prefix6_print_reverse(prefix, text), zone);
}

/* The value of a hexadecimal digit, or -1. */
static int digit_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 'a' - 'A';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Read nibbles from the end of the address on; at most as many as lie behind the prefix. How many, or -1. */
static int nibbles_read(struct in6_addr *address, const uint8_t *name, size_t offset, unsigned most)
{
	int count = 0;

	for (size_t at = 0; at < offset; at += 2, count++) {
		int value = name[at] == 1 ? digit_value(name[at + 1]) : -1;

		if (value < 0 || (unsigned)count == most)
			return -1;
		address->s6_addr[15 - count / 2] |= (uint8_t)(count % 2 == 0 ? value : value << 4);
	}
	return count;
}

enum reverse_kind reverse_read6(const struct conf_prefix6 *prefix, const uint8_t *name, size_t offset,
				struct in6_addr *address)
{
	unsigned wanted = NIBBLES - prefix->length / 4;
	int count;

	*address = prefix->address;
	count = nibbles_read(address, name, offset, wanted);
	if (count < 0)
		return REVERSE_ABSENT;
	return (unsigned)count < wanted ? REVERSE_BETWEEN : REVERSE_ADDRESS;
}

enum reverse_kind splitdns_reverse_read(const struct conf_prefix6 *prefix, const uint8_t *name, size_t offset,
					struct in_addr *address)
{
	struct in6_addr asked, embedded;
	enum reverse_kind kind = reverse_read6(prefix, name, offset, &asked);

	if (kind != REVERSE_ADDRESS)
		return kind;
	if (!conf_rfc6052_extract(prefix, &asked, address))
		return REVERSE_ABSENT;
	embedded = conf_rfc6052_embed(prefix, *address);
	return memcmp(&embedded, &asked, sizeof(asked)) == 0 ? REVERSE_ADDRESS : REVERSE_ABSENT;
}

void splitdns_reverse_name_make(struct in_addr address, struct wire_name *name)
{
	uint32_t value = ntohl(address.s_addr);
	char text[sizeof("255.255.255.255.in-addr.arpa")];

	snprintf(text, sizeof(text), "%u.%u.%u.%u.in-addr.arpa", value & 255, value >> 8 & 255, value >> 16 & 255,
		 value >> 24);
	splitdns_wire_name_parse(text, name);
}

void reverse_name_make6(const struct in6_addr *address, struct wire_name *name)
{
	const struct conf_prefix6 whole = {*address, 128};

	splitdns_reverse_zone_make(&whole, name);
}

/* A split domain whose real suffix a name has. */
struct fit {
	const struct split_domain *domain;
	size_t offset; /* where in the name the suffix begins */
	bool is_here;  /* it is answered in the prefix in question */
};

static bool domain_has_prefix(const struct split_domain *domain, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < domain->prefix_count; i++)
		if (conf_prefix6_equals(&domain->prefixes[i].prefix, prefix))
			return true;
	return false;
}

/* Does a real suffix, and the prefix its domain is answered in, fit better? Of equals the first of relay.conf counts. */
static bool fit_is_better(const struct fit *fit, const struct fit *than)
{
	if (!than->domain || fit->offset != than->offset)
		return !than->domain || fit->offset < than->offset;
	if (fit->is_here != than->is_here)
		return fit->is_here;
	return fit->domain->order < than->domain->order;
}

bool splitdns_reverse_split_name(const struct split_domains *domains, const struct conf_prefix6 *prefix,
				 const uint8_t *real, size_t length, struct wire_name *split)
{
	bool is_twin6 = prefix && domains->has_twin6 && conf_prefix6_equals(&domains->twin6.twin, prefix);
	struct fit best = {0};

	for (size_t i = 0; i < domains->count; i++) {
		struct fit fit = {.domain = &domains->list[i]};

		if (!splitdns_wire_name_find_suffix(real, length, &fit.domain->real, &fit.offset))
			continue;
		fit.is_here = prefix ? is_twin6 || domain_has_prefix(fit.domain, prefix) :
				       fit.domain->a_policy == CONF_A_TWIN;
		if (fit_is_better(&fit, &best))
			best = fit;
	}
	return best.is_here && (best.offset > 0 || best.domain->same) &&
	       splitdns_wire_name_exchange_suffix(real, best.offset, &best.domain->split, split) == 0;
}
