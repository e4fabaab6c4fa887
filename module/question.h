/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a question on its way, and its steps. */
#ifndef MODULE_QUESTION_H
#define MODULE_QUESTION_H

#include "module/counters.h"
#include "module/domain.h"
#include "module/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct dns64_wait;
struct module_qstate;
struct patience;
struct question;
struct record;

/* The machine goes from step to step until it comes to a stop. */
enum step {
	STEP_APEX,
	STEP_LOOK_UP,
	STEP_LOOK_UP_AGAIN,
	STEP_REVERSE,
	STEP_ABSENT,
	STEP_EMPTY,
	STEP_ANSWER,
	STEP_REVERSE_ANSWER,
	STEP_PASS_ANSWER,
	STEP_NATIVE,
	STEP_NATIVE_ANSWER,
	STEP_TWIN6,
	STEP_TWIN6_ANSWER,
	STEP_REVERSE6,
	STOP_OUTSIDE,
	STOP_REFUSED, /* at once, before there is a state */
	STOP_WAIT,
	STOP_DONE,
	STOP_FAIL,
};

/* One step: returns the next one. id is the module's number. */
typedef enum step step_handler(struct module_qstate *qstate, int id, struct question *question);

/* The steps of a question about a name, module/forward_steps.c, ... */
step_handler splitdns_question_answer_apex, splitdns_question_answer_empty, splitdns_question_answer_absent,
	splitdns_question_look_up, splitdns_question_answer;
step_handler splitdns_question_answer_passed, splitdns_question_look_up_native, splitdns_question_answer_native;

/* ... and twin6_steps.c, ... */
step_handler splitdns_question_look_up_twin6, splitdns_question_answer_twin6, splitdns_question_look_up_reverse6;

/* ... and about the name of an address: reverse_steps.c. */
step_handler splitdns_question_look_up_reverse, splitdns_question_answer_reverse;

/* What the look-up of a real name found, allocated in the region of the question that waits for it. */
struct lookup {
	int rcode;          /* NOERROR, NXDOMAIN, or SERVFAIL for everything that is no answer */
	time_t ttl;         /* the smallest of the whole chain, in seconds */
	enum reason reason; /* of SERVFAIL, and of a bogus answer */
	bool bogus;         /* DNSSEC validation failed: only for those who asked with CD */
	bool private;       /* must not be stored in the cache */
	struct wire_name *again; /* the name, when it has to be looked for again, by way of the validator; NULL: it is done */
	size_t count;
	struct record *records; /* of the type that was asked, at the end of the chain; addresses have their right length */
	size_t kept[COUNTERS_KEPT]; /* how many records of the look-up no client gets to see, to be counted */
};

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
	time_t dns64_limit;        /* how long what dns64 makes may be kept at most, in seconds: module/dns64.c */
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
