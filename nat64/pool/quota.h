/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many leases the clients of each IPv6 network hold. One thread at a time. */
#ifndef NAT64_POOL_QUOTA_H
#define NAT64_POOL_QUOTA_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct nat64_quota;

/* length: of a network, in bits; 1 to 128. expected: about how many there will be. NULL: out of memory. */
struct nat64_quota *nat64_quota_new(unsigned length, uint64_t expected);
void nat64_quota_free(struct nat64_quota *quota);

uint64_t nat64_quota_count(struct nat64_quota *quota, const struct in6_addr *client);
bool nat64_quota_enter(struct nat64_quota *quota, const struct in6_addr *client); /* one more; false: out of memory */
void nat64_quota_leave(struct nat64_quota *quota, const struct in6_addr *client); /* one less; nat64_quota_enter() went before */

/* Whether two clients are of one network. */
bool nat64_quota_are_one(const struct nat64_quota *quota, const struct in6_addr *a, const struct in6_addr *b);

/* Remember until when every lease of the client's network is in use; INT64_MIN: nothing is known. */
void nat64_quota_be_busy(struct nat64_quota *quota, const struct in6_addr *client, int64_t until);
int64_t nat64_quota_busy_until(struct nat64_quota *quota, const struct in6_addr *client);

#endif
