/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a question on its way. */
#ifndef MODULE_QUESTION_H
#define MODULE_QUESTION_H

#include "module/domain.h"
#include "module/lookup_result.h"
#include "module/reason.h"
#include "module/steps.h"

#include <time.h>

struct counters;
struct dns64_wait;
struct patience;

struct question {
	enum step step, next; /* next: once the look-up has ended */
	struct counters *counters;
	uint64_t begun; /* microseconds on the monotonic clock */
	bool query_log;
	const struct split_domains *domains;
	const struct split_domain *domain; /* NULL for the zone of a prefix */
	const struct conf_prefix6 *prefix; /* NULL for a zone of the twin */
	const struct wire_name *zone;      /* of the SOA */
	size_t offset;                     /* where in the name the zone begins */
	bool apart;                        /* the look-up is of a name that is split itself */
	bool is_kept_apart; /* it is not ours, and nothing of it may be stored until it is answered: module/same_name.c */
	bool is_for_dns64;         /* it is not ours, and Unbound's dns64 may have to answer it */
	time_t dns64_limit;        /* how long what dns64 makes may be kept at most, in seconds: module/dns64_ttl.c */
	struct patience *patience; /* the timer of who waits: module/patience.c; NULL: there is none */
	struct dns64_wait *wait;   /* module/dns64_upstream.h */
	bool known;                /* the cache holds an expired name, which is better than none */
	enum reason reason;        /* of an answer that is empty, or of a failure */
	struct lookup lookup;
	const struct wire_name *sought; /* what the look-up is about, for the query log alone */
	uint16_t sought_type;
	struct lookup first; /* of two look-ups the one that came before */
	bool twin6_is_tried;
};

#endif
