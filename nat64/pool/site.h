/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many leases the clients of each IPv6 network hold. One thread at a time. */
#ifndef NAT64_POOL_SITE_H
#define NAT64_POOL_SITE_H

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

/* Whether two clients are of one network. */
bool sites_are_one(const struct sites *sites, const struct in6_addr *a, const struct in6_addr *b);

/* Remember until when every lease of the client's network is in use; INT64_MIN: nothing is known. */
void sites_be_busy(struct sites *sites, const struct in6_addr *client, int64_t until);
int64_t sites_busy_until(struct sites *sites, const struct in6_addr *client);

#endif
