/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Discovery of NAT64 prefixes (RFC 7050 section 3).
 *
 * ipv4only.arpa has two A records and no AAAA. A host that gets an AAAA has asked a DNS64, and finds the prefix in front of the well-known
 * address. The prefix itself may by chance hold the octets of a well-known address, at another place. That is what
 * there are two for: at the right place one record has 192.0.0.170 and another one 192.0.0.171, and at the wrong one all
 * records have the same. So a record with a single place is believed; of several, those that a record with the other
 * address confirms. What is no unicast prefix is none: resolvers exist that answer with ::ffff:192.0.0.170.
 */
#include "conf/rfc7050.h"

#include "conf/rfc6052.h"
#include "conf/special.h"

#include <arpa/inet.h>

enum { U_OCTET = 8 };

#define FIRST UINT32_C(0xc00000aa) /* 192.0.0.170 */

static const unsigned lengths[CONF_RFC7050_PLACES] = {32, 40, 48, 56, 64, 96};

struct in_addr conf_rfc7050_address(size_t index)
{
	return (struct in_addr){htonl(FIRST + (uint32_t)index)};
}

size_t conf_rfc7050_candidates(const struct in6_addr *address, struct conf_rfc7050_candidate found[CONF_RFC7050_PLACES])
{
	size_t count = 0;

	for (size_t i = 0; i < CONF_RFC7050_PLACES; i++) {
		struct conf_prefix6 prefix = {*address, lengths[i]};
		struct in_addr inside;
		uint32_t which;

		conf_prefix6_clear_host_bits(&prefix);
		if ((lengths[i] < 96 && address->s6_addr[U_OCTET] != 0) || conf_special_is_martian6(&prefix.address))
			continue;
		if (!conf_rfc6052_extract(&prefix, address, &inside))
			continue;
		which = ntohl(inside.s_addr) - FIRST;
		if (which < CONF_RFC7050_ADDRESSES)
			found[count++] = (struct conf_rfc7050_candidate){prefix, which};
	}
	return count;
}

/* Is there a record with the other well-known address at the same place? */
static bool candidate_is_confirmed(const struct conf_rfc7050_candidate *candidate, const struct in6_addr *addresses,
				   size_t count)
{
	const struct in_addr other = conf_rfc7050_address(1 - candidate->which);

	for (size_t i = 0; i < count; i++) {
		struct in_addr inside;

		if ((candidate->prefix.length == 96 || addresses[i].s6_addr[U_OCTET] == 0) &&
		    conf_rfc6052_extract(&candidate->prefix, &addresses[i], &inside) && inside.s_addr == other.s_addr)
			return true;
	}
	return false;
}

/* Where the prefixes of an answer are gathered. */
struct gathering {
	struct conf_prefix6 *prefixes;
	size_t room, count;
};

static void gather(struct gathering *gathering, const struct conf_prefix6 *prefix)
{
	size_t known = gathering->count < gathering->room ? gathering->count : gathering->room;

	for (size_t i = 0; i < known; i++)
		if (conf_prefix6_equals(&gathering->prefixes[i], prefix))
			return;
	if (gathering->count < gathering->room)
		gathering->prefixes[gathering->count] = *prefix;
	gathering->count++;
}

/* What one of the records tells. */
static enum conf_rfc7050_finding record_read(const struct in6_addr *record, const struct in6_addr *addresses,
					     size_t count, struct gathering *gathering)
{
	struct conf_rfc7050_candidate candidates[CONF_RFC7050_PLACES];
	size_t places = conf_rfc7050_candidates(record, candidates);
	enum conf_rfc7050_finding finding = places == 0 ? CONF_RFC7050_ABSENT : CONF_RFC7050_AMBIGUOUS;

	for (size_t i = 0; i < places; i++) {
		if (places > 1 && !candidate_is_confirmed(&candidates[i], addresses, count))
			continue;
		gather(gathering, &candidates[i].prefix);
		finding = CONF_RFC7050_FOUND;
	}
	return finding;
}

size_t conf_rfc7050_prefixes(const struct in6_addr *addresses, size_t count, struct conf_prefix6 *prefixes, size_t room,
			     enum conf_rfc7050_finding *findings)
{
	struct gathering gathering = {prefixes, room, 0};

	for (size_t i = 0; i < count; i++) {
		enum conf_rfc7050_finding finding = record_read(&addresses[i], addresses, count, &gathering);

		if (findings)
			findings[i] = finding;
	}
	return gathering.count;
}
