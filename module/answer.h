/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The replies of the split domains, in Unbound's structures. */
#ifndef MODULE_ANSWER_H
#define MODULE_ANSWER_H

#include "module/reason.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct conf_prefix6;
struct query_info;
struct record;
struct regional;
struct reply_info;
struct wire_name;

/* How long a negative answer, and the SOA, may be kept at most, in seconds (RFC 2308 section 5). */
#define ANSWER_NEGATIVE_TTL 300

/* So many AAAA records fit into a message of 65,535 octets together with the longest name. */
#define ANSWER_ADDRESSES_MAX 2300

/* So many records of any kind are answered at most, and so many octets in them; 240 names of 255 octets fit into a message. */
#define ANSWER_RECORDS_MAX 240
#define ANSWER_OCTETS_MAX  61200

/*
 * All allocate in the region and return NULL when it is full. ttl is in seconds from now. Every record carries
 * the name that was asked or that of the zone; security is "insecure", so that Unbound serves the reply from its
 * cache and never sets AD.
 */

/* NOERROR with one AAAA record for each of 1 to ANSWER_ADDRESSES_MAX addresses, inside the prefix. */
struct reply_info *splitdns_answer_addresses(struct regional *region, const struct query_info *question,
					     const struct conf_prefix6 *prefix, const struct in_addr *addresses,
					     size_t count, time_t ttl);

/* NOERROR with records of the type, whatever they hold: 1 to ANSWER_RECORDS_MAX, or ANSWER_ADDRESSES_MAX addresses. */
struct reply_info *splitdns_answer_records(struct regional *region, const struct query_info *question, uint16_t type,
					   const struct record *records, size_t count, time_t ttl);

/* NODATA (rcode 0) or NXDOMAIN (rcode 3) with the SOA of the zone alone (RFC 2308 section 2), and why it is so. */
struct reply_info *splitdns_answer_negative(struct regional *region, const struct query_info *question,
					    const struct wire_name *zone, int rcode, time_t ttl, enum reason reason);

/* The reason that an splitdns_answer_negative() bears, also one that Unbound has in its cache; REASON_NONE for any other. */
enum reason splitdns_answer_reason(const struct reply_info *reply);

/* The SOA of the zone, as the answer. */
struct reply_info *splitdns_answer_soa(struct regional *region, const struct wire_name *zone);

#endif
