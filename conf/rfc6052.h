/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 addresses inside IPv6 prefixes (RFC 6052 section 2.2). */
#ifndef CONF_RFC6052_H
#define CONF_RFC6052_H

#include <netinet/in.h>
#include <stdbool.h>

struct conf_prefix6;
struct conf_settings;

/* RFC 6052 knows 32, 40, 48, 56, 64 and 96. */
bool conf_rfc6052_length_is_valid(unsigned length);

/* The prefix of a NAT64, as P/L: unicast, of a valid length, without host bits. 0, or -1. */
int conf_rfc6052_prefix_parse(const char *text, struct conf_prefix6 *prefix);

/* Embed: u octet (bits 64 to 71) and suffix are written as zero. The prefix has a valid length. */
struct in6_addr conf_rfc6052_embed(const struct conf_prefix6 *prefix, struct in_addr address);

/* Extract: u octet and suffix are ignored (RFC 6052 section 2.2). False when the address is not inside the prefix. */
bool conf_rfc6052_extract(const struct conf_prefix6 *prefix, const struct in6_addr *address, struct in_addr *out);

/* True for exactly 64:ff9b::/96, the well-known prefix (RFC 6052 section 2.1). */
bool conf_rfc6052_is_well_known(const struct conf_prefix6 *prefix);

/* Does the prefix stand for global addresses alone? So does 64:ff9b::/96, unless wkpf-strict is off (RFC 6052 section 3.1). */
bool conf_rfc6052_wants_global(const struct conf_settings *settings, const struct conf_prefix6 *prefix);

#endif
