/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Discovery of NAT64 prefixes from the AAAA records of ipv4only.arpa (RFC 7050). */
#ifndef CONF_RFC7050_H
#define CONF_RFC7050_H

#include "conf/address.h"

#define CONF_RFC7050_NAME "ipv4only.arpa"

/* How many addresses the name has: 192.0.0.170 and 192.0.0.171, in this order. */
#define CONF_RFC7050_ADDRESSES 2

/* RFC 6052 section 2.2 has so many places where an IPv4 address can lie. */
#define CONF_RFC7050_PLACES 6

/* The index-th of the well-known addresses (0 or 1). */
struct in_addr conf_rfc7050_address(size_t index);

/* What one AAAA record tells. */
enum conf_rfc7050_finding {
	CONF_RFC7050_ABSENT, /* no well-known address at any place: not made by a DNS64 */
	CONF_RFC7050_AMBIGUOUS, /* well-known addresses at several places, and no other record tells which place is meant */
	CONF_RFC7050_FOUND,     /* a prefix */
};

/* A well-known address at one place of an IPv6 address. */
struct conf_rfc7050_candidate {
	struct conf_prefix6 prefix; /* before it, without host bits */
	size_t which;               /* of the well-known addresses */
};

/*
 * Every place of the address that holds a well-known address. Octet 8 is zero for all lengths but 96 (RFC 6052 section 2.2); what
 * follows the IPv4 address is ignored. Returns how many.
 */
size_t conf_rfc7050_candidates(const struct in6_addr *address, struct conf_rfc7050_candidate found[CONF_RFC7050_PLACES]);

/*
 * The prefixes that an answer's records tell, each once, in the order of the records: at most room are written, and the number of
 * all is returned. findings has a place for each address, or is NULL.
 */
size_t conf_rfc7050_prefixes(const struct in6_addr *addresses, size_t count, struct conf_prefix6 *prefixes, size_t room,
			     enum conf_rfc7050_finding *findings);

#endif
