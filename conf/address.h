/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefixes of one family as values: parse, print, contain, overlap. Those of either family: conf/prefix.h. */
#ifndef CONF_ADDRESS_H
#define CONF_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IPv4 prefix. address is in network order with no host bits; length is 0 to 32. */
struct conf_prefix4 {
	struct in_addr address;
	unsigned length;
};

/* An IPv6 prefix. address has no host bits; length is 0 to 128. */
struct conf_prefix6 {
	struct in6_addr address;
	unsigned length;
};

/* Room for the text of any prefix: "ADDRESS/LENGTH" and its NUL. */
#define CONF_PREFIX_TEXT (INET6_ADDRSTRLEN + 4)

/* Parse "A.B.C.D" or "A.B.C.D/LENGTH" (no length: /32). 0, or -1 when the text is no prefix. Host bits are kept. */
int conf_prefix4_parse(const char *text, struct conf_prefix4 *prefix);
int conf_prefix6_parse(const char *text, struct conf_prefix6 *prefix);

/* True when bits beyond the length are set. */
bool conf_prefix4_has_host_bits(const struct conf_prefix4 *prefix);
bool conf_prefix6_has_host_bits(const struct conf_prefix6 *prefix);

/* Make those bits zero. */
void conf_prefix4_clear_host_bits(struct conf_prefix4 *prefix);
void conf_prefix6_clear_host_bits(struct conf_prefix6 *prefix);

bool conf_prefix4_contains(const struct conf_prefix4 *prefix, struct in_addr address);
bool conf_prefix6_contains(const struct conf_prefix6 *prefix, const struct in6_addr *address);

/* The same address and length. */
bool conf_prefix4_equals(const struct conf_prefix4 *a, const struct conf_prefix4 *b);
bool conf_prefix6_equals(const struct conf_prefix6 *a, const struct conf_prefix6 *b);

/* Does it hold all of the narrow one? */
bool conf_prefix4_covers(const struct conf_prefix4 *wide, const struct conf_prefix4 *narrow);
bool conf_prefix6_covers(const struct conf_prefix6 *wide, const struct conf_prefix6 *narrow);
bool conf_prefix4_overlaps(const struct conf_prefix4 *a, const struct conf_prefix4 *b);
bool conf_prefix6_overlaps(const struct conf_prefix6 *a, const struct conf_prefix6 *b);

/* Write "ADDRESS/LENGTH" into text, and return text. */
const char *conf_prefix4_print(const struct conf_prefix4 *prefix, char text[CONF_PREFIX_TEXT]);
const char *conf_prefix6_print(const struct conf_prefix6 *prefix, char text[CONF_PREFIX_TEXT]);

/* Room for the name of any prefix's zone under ip6.arpa, and its NUL. */
#define CONF_REVERSE_TEXT (32 * 2 + sizeof("ip6.arpa"))

/* Write the zone that a prefix's addresses are looked up backwards in, "9.2.9.9.4.6.d.f.ip6.arpa" (RFC 3596 section 2.5), and return
 * text. The length is a multiple of 4. */
const char *conf_prefix6_print_reverse(const struct conf_prefix6 *prefix, char text[CONF_REVERSE_TEXT]);

/* The same for IPv4, under in-addr.arpa (RFC 1035 section 3.5). Those zones are cut at octets: so many hold the addresses of the
 * prefix, 1 to 128, and the index says which of them. */
unsigned conf_prefix4_reverse_zones(const struct conf_prefix4 *prefix);
const char *conf_prefix4_print_reverse(const struct conf_prefix4 *prefix, unsigned index, char text[CONF_REVERSE_TEXT]);

/* The index-th address of the prefix (0 is its first), in network order. */
struct in_addr conf_prefix4_address(const struct conf_prefix4 *prefix, uint32_t index);

/* Move an address from one prefix into another of the same length: the host bits stay. False when it is not in the first. */
bool conf_prefix4_move(const struct conf_prefix4 *from, const struct conf_prefix4 *to, struct in_addr address,
		       struct in_addr *moved);

bool conf_prefix6_move(const struct conf_prefix6 *from, const struct conf_prefix6 *to, const struct in6_addr *address,
		       struct in6_addr *moved);

/* How many addresses the prefix has; 2^32 for /0. */
uint64_t conf_prefix4_size(const struct conf_prefix4 *prefix);

#endif
