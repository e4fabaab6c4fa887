/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module counts. Any thread adds; nobody waits. */
#ifndef MODULE_COUNTERS_H
#define MODULE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct conf_report;
struct conf_settings;
struct counters;

/* What became of a question. */
enum counters_outcome { COUNTERS_DATA, COUNTERS_NODATA, COUNTERS_NXDOMAIN, COUNTERS_FAILED, COUNTERS_OUTCOMES };

/* What a look-up of a real name brought. */
enum counters_result {
	COUNTERS_FOUND,
	COUNTERS_EMPTY,
	COUNTERS_NO_NAME,
	COUNTERS_BOGUS,
	COUNTERS_NO_ANSWER,
	COUNTERS_RESULTS
};

/* What was kept back, and why it must be: splitdns(7) explains each. */
enum counters_kept {
	COUNTERS_CNAME,
	COUNTERS_DNAME, /* links of the chain from the real name on */
	COUNTERS_SOA,
	COUNTERS_AUTHORITY, /* records beside the answer: the real zone's SOA, any other */
	COUNTERS_ADDITIONAL,
	COUNTERS_TEXT,    /* records of a passed type that hold the real suffix */
	COUNTERS_PTR,     /* names of an address that are no split domain's */
	COUNTERS_ADDRESS, /* addresses that the relay does not translate */
	COUNTERS_KEPT
};

/* Count in the file of settings->node.runtime_dir. When that cannot be, count all the same, for nobody to see, and the report says why.
 * NULL without memory. The file goes on with the numbers it has when it has counted the same things before. */
struct counters *splitdns_counters_open(const struct conf_settings *settings, struct conf_report *report);
void splitdns_counters_close(struct counters *counters);

/* A question of this type has its outcome, so long after the module saw it first. domain: the how-manieth of relay.conf; beyond
 * the last it is the name of an address. */
void splitdns_counters_question(struct counters *counters, uint16_t type, size_t domain, enum counters_outcome outcome,
				uint64_t microseconds);
void splitdns_counters_prefetch(struct counters *counters); /* a question that nobody asked: an answer is renewed */
void splitdns_counters_too_long(struct counters *counters); /* the real name would have more than 255 octets */
void splitdns_counters_too_many_labels(struct counters *counters); /* more than name-labels allows: a search list's */
void splitdns_counters_lookup(struct counters *counters, uint16_t type);
void splitdns_counters_lookup_result(struct counters *counters, enum counters_result result);
void splitdns_counters_keep(struct counters *counters, enum counters_kept kind, size_t records);

/* Where a latency is counted: bucket i holds what took at most 64 << i microseconds; the last holds all above. */
#define COUNTERS_BUCKETS 18
size_t splitdns_counters_bucket(uint64_t microseconds);

#endif
