/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question on its way: its state, and what the steps share. */
#ifndef MODULE_QUESTION_H
#define MODULE_QUESTION_H

#include "module/domains.h"
#include "module/lookup.h"
#include "module/reason.h"

struct counters;
struct instance;
struct module_qstate;
struct reply_info;

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
	STOP_OUTSIDE,
	STOP_REFUSED, /* at once, before there is a state */
	STOP_WAIT,
	STOP_DONE,
	STOP_FAIL,
};

struct question {
	enum step step, next; /* next: once the look-up has ended */
	struct counters *counters;
	uint64_t begun; /* microseconds on the monotonic clock */
	bool query_log;
	const struct split_domains *domains;
	const struct split_domain *domain; /* NULL for the zone of a prefix */
	const struct conf_prefix6 *prefix; /* NULL for a zone of the twin */
	bool global_only; /* the prefix stands for addresses of the Internet alone */
	const struct wire_name *zone; /* of the SOA */
	size_t offset; /* where in the name the zone begins */
	bool apart;    /* the look-up is of a name that is split itself */
	bool known;    /* the cache holds an expired name, which is better than none */
	enum reason reason; /* of an answer that is empty, or of a failure */
	struct lookup lookup;
	const struct wire_name *sought; /* what the look-up is about, for the query log alone */
	uint16_t sought_type;
	struct lookup first; /* the one for A, when lookup is the one for AAAA */
};

/* One step: returns the next one. id is the module's number. */
typedef enum step step_handler(struct module_qstate *qstate, int id, struct question *question);

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

/* The steps of a question about a name, module/forward_steps.c, pass_steps.c and native_steps.c, ... */
step_handler question_answer_apex, question_answer_empty, question_answer_absent, question_look_up, question_answer;
step_handler question_answer_passed, question_look_up_native, question_answer_native;

/* ... and about the name of an address: reverse_steps.c. */
step_handler question_look_up_reverse, question_answer_reverse;

#endif
