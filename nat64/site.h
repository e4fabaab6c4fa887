/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many leases the clients of each IPv6 network hold. One thread at a time. */
#ifndef NAT64_SITE_H
#define NAT64_SITE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct sites;

/* length: of a network, in bits; 1 to 128. expected: about how many there will be. NULL: out of memory. */
struct sites *sites_new(unsigned length, uint64_t expected);
void sites_free(struct sites *sites);

uint64_t sites_count(struct sites *sites, const struct in6_addr *client);
bool sites_enter(struct sites *sites, const struct in6_addr *client); /* one more; false: out of memory */
void sites_leave(struct sites *sites, const struct in6_addr *client); /* one less; sites_enter() went before */

#endif
