/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of addresses: from a name below ip6.arpa to the IPv4 address, and from a real name back to a split name. */
#ifndef MODULE_REVERSE_H
#define MODULE_REVERSE_H

#include "module/names.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_prefix6;
struct split_domains;
struct wire_name;

/* What a name of a prefix's zone can be. */
enum reverse_kind {
	REVERSE_ABSENT,  /* there can be no such name */
	REVERSE_BETWEEN, /* fewer nibbles than an address has: names lie below it (RFC 8020) */
	REVERSE_ADDRESS, /* an IPv4 address inside the prefix, embedded as RFC 6052 section 2.2 asks */
};

/* The zone of a prefix under ip6.arpa (RFC 3596 section 2.5). The length of the prefix is one that RFC 6052 knows. */
void splitdns_reverse_zone_make(const struct conf_prefix6 *prefix, struct wire_name *zone);

/* Read the offset octets of labels that stand before the zone of the prefix. address is set for REVERSE_ADDRESS alone. */
enum reverse_kind splitdns_reverse_read(const struct conf_prefix6 *prefix, const uint8_t *name, size_t offset,
					struct in_addr *address);

/* The same of a prefix whose addresses are taken as they stand. */
enum reverse_kind reverse_read6(const struct conf_prefix6 *prefix, const uint8_t *name, size_t offset,
				struct in6_addr *address);

/* The name of an IPv4 address under in-addr.arpa (RFC 1035 section 3.5), and of an IPv6 address under ip6.arpa. */
void splitdns_reverse_name_make(struct in_addr address, struct wire_name *name);
void reverse_name_make6(const struct in6_addr *address, struct wire_name *name);

/*
 * The split name of a host whose real name is known, as it is answered inside this prefix, or twin6; NULL: inside the twin. False when no
 * split domain of the prefix has it: the real suffix that fits best decides, and it must be the suffix of a name, not the name
 * itself, unless the domain is its own real suffix.
 */
bool splitdns_reverse_split_name(const struct split_domains *domains, const struct conf_prefix6 *prefix,
				 const uint8_t *real, size_t length, struct wire_name *split);

#endif
