/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The replies of the split domains, in Unbound's structures. */
#ifndef MODULE_ANSWER_H
#define MODULE_ANSWER_H

#include <netinet/in.h>
#include <stddef.h>
#include <time.h>

struct query_info;
struct regional;
struct reply_info;
struct split_domain;

/* How long a negative answer, and the SOA, may be kept at most, in seconds (RFC 2308 section 5). */
#define ANSWER_NEGATIVE_TTL 300

/* So many AAAA records fit into a message of 65,535 octets together with the longest name. */
#define ANSWER_ADDRESSES_MAX 2300

/*
 * All three allocate in the region and return NULL when it is full. ttl is in seconds from now. Every record carries
 * the name that was asked or the split domain's own name; security is "insecure", so that Unbound serves the reply from its
 * cache and never sets AD.
 */

/* NOERROR with one AAAA record for each of 1 to ANSWER_ADDRESSES_MAX addresses, inside the domain's prefix. */
struct reply_info *answer_addresses(struct regional *region, const struct query_info *question,
				    const struct split_domain *domain, const struct in_addr *addresses, size_t count,
				    time_t ttl);

/* NODATA (rcode 0) or NXDOMAIN (rcode 3) with the split domain's SOA alone (RFC 2308 section 2). */
struct reply_info *answer_negative(struct regional *region, const struct query_info *question,
				   const struct split_domain *domain, int rcode, time_t ttl);

/* The SOA of the split domain, as the answer. */
struct reply_info *answer_soa(struct regional *region, const struct split_domain *domain);

#endif
