/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of several prefixes a host is answered in: rendezvous hashing. */
#ifndef MODULE_RENDEZVOUS_H
#define MODULE_RENDEZVOUS_H

#include <stddef.h>
#include <stdint.h>

struct conf_prefix6;

/* What a prefix brings into the draw: a number made of its sixteen octets and its length, and of nothing else. */
uint64_t splitdns_rendezvous_seed(const struct conf_prefix6 *prefix);

/* The same for a host: the octets of its labels in wire form (RFC 1035 section 3.1), in any case. */
uint64_t splitdns_rendezvous_host(const uint8_t *labels, size_t length);

/* How much the host wants the prefix: the highest of its prefixes is the host's. */
uint64_t splitdns_rendezvous_weight(uint64_t host, uint64_t seed);

#endif
