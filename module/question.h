/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question on its way: its state, and what its steps (module/steps.h) share. */
#ifndef MODULE_QUESTION_H
#define MODULE_QUESTION_H

#include "module/domains.h"
#include "module/lookup.h"
#include "module/reason.h"
#include "module/steps.h"

#include <time.h>

struct counters;
struct instance;
struct module_qstate;
struct patience;
struct reply_info;

struct question {
	enum step step, next; /* next: once the look-up has ended */
	struct counters *counters;
	uint64_t begun; /* microseconds on the monotonic clock */
	bool query_log;
	const struct split_domains *domains;
	const struct split_domain *domain; /* NULL for the zone of a prefix */
	const struct conf_prefix6 *prefix; /* NULL for a zone of the twin */
	const struct wire_name *zone; /* of the SOA */
	size_t offset; /* where in the name the zone begins */
	bool apart;    /* the look-up is of a name that is split itself */
	bool is_kept_apart; /* it is not ours, and nothing of it may be stored until it is answered: module/same.c */
	bool is_for_dns64;  /* it is not ours, and Unbound's dns64 may have to answer it */
	time_t dns64_limit; /* how long what dns64 makes may be kept at most, in seconds: module/dns64_ttl.c */
	struct patience *patience; /* the timer of who waits: module/patience.c; NULL: there is none */
	bool known;    /* the cache holds an expired name, which is better than none */
	enum reason reason; /* of an answer that is empty, or of a failure */
	struct lookup lookup;
	const struct wire_name *sought; /* what the look-up is about, for the query log alone */
	uint16_t sought_type;
	struct lookup first; /* the one for A, when lookup is the one for AAAA */
};

/* Hand the reply over to Unbound: to its cache, unless it must not stay there, and to whoever asked. NULL fails. */
enum step question_reply(struct module_qstate *qstate, struct question *question, struct reply_info *reply);
enum step question_reply_negative(struct module_qstate *qstate, struct question *question, int rcode, time_t ttl);

/* Put a reply into Unbound's cache alone. */
void question_store(struct module_qstate *qstate, struct reply_info *reply);

/* Begin a look-up; next is the step once it has ended. */
enum step question_wait(struct module_qstate *qstate, int id, struct question *question, const struct wire_name *name,
			uint16_t type, enum step next);

/* True when the look-up found nothing that the client may know: it failed, or is bogus and the client checks nothing. */
bool question_lookup_has_failed(const struct module_qstate *qstate, const struct lookup *lookup);

/* Unbound shows a question for the first time; one that is not ours is left to the next module. */
void question_begin(struct module_qstate *qstate, int id, const struct instance *instance);

/* Go on from where it stands, to the next stop. */
void question_run(struct module_qstate *qstate, int id, struct question *question);

#endif
