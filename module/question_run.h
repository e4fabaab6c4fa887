/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question goes from step to step (module/question.h): how it begins and goes on, and what its steps share. */
#ifndef MODULE_QUESTION_RUN_H
#define MODULE_QUESTION_RUN_H

#include "module/question.h"

struct instance;
struct module_qstate;
struct reply_info;

/* Hand the reply over to Unbound: to its cache, unless it must not stay there, and to the client. NULL fails. */
enum step splitdns_question_reply(struct module_qstate *qstate, struct question *question, struct reply_info *reply);
enum step splitdns_question_reply_negative(struct module_qstate *qstate, struct question *question, int rcode, time_t ttl);

/* Begin a look-up; next is the step once it has ended. */
enum step splitdns_question_wait(struct module_qstate *qstate, int id, struct question *question,
				 const struct wire_name *name, uint16_t type, enum step next);

/* The answer stands on two look-ups, first and lookup: it may be kept as long as either, and no longer. */
void question_join_lookups(struct question *question);

/* True when the look-up found nothing that the client may know: it failed, or is bogus and the client checks nothing. */
bool splitdns_question_lookup_has_failed(const struct module_qstate *qstate, const struct lookup *lookup);

/* Unbound shows a question for the first time; one that is not ours is left to the next module. */
void splitdns_question_begin(struct module_qstate *qstate, int id, const struct instance *instance);

/* Go on from where it stands, to the next stop. */
void splitdns_question_run(struct module_qstate *qstate, int id, struct question *question);

#endif
