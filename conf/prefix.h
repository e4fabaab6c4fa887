/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address, and a prefix, of either family. */
#ifndef CONF_PREFIX_H
#define CONF_PREFIX_H

#include "conf/address.h"

struct conf_address {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

/* A prefix, or an address with the length of its network. */
struct conf_prefix {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct conf_prefix4 v4;
		struct conf_prefix6 v6;
	};
};

bool conf_address_equals(const struct conf_address *a, const struct conf_address *b);

/* The octets of an address of that family. */
size_t conf_address_size(int family);

/* As conf_prefix4_parse and conf_prefix6_parse: IPv6 when there is a colon in it. */
int conf_prefix_parse(const char *text, struct conf_prefix *prefix);
const char *conf_prefix_print(const struct conf_prefix *prefix, char text[CONF_PREFIX_TEXT]);
bool conf_prefix_has_host_bits(const struct conf_prefix *prefix);

unsigned conf_prefix_length(const struct conf_prefix *prefix);

/* Its address, host bits and all. */
struct conf_address conf_prefix_address(const struct conf_prefix *prefix);

/* The prefix that holds this address alone. */
struct conf_prefix conf_prefix_of_host(const struct conf_address *address);

/* The same family, address and length. */
bool conf_prefix_equals(const struct conf_prefix *a, const struct conf_prefix *b);

/* Does it hold all of the narrow one? */
bool conf_prefix_covers(const struct conf_prefix *wide, const struct conf_prefix *narrow);
bool conf_prefix_overlaps(const struct conf_prefix *a, const struct conf_prefix *b);

#endif
