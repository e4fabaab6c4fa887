/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question about a name of a split domain, or of the zone of a prefix: where it begins, which step follows which, and
 * how its answer gets to Unbound.
 *
 *     APEX -----------------------------------------> DONE: to Unbound's message cache, and to the client
 *     LOOK_UP --> WAIT ... inform_super() --> ANSWER -> DONE, or FAIL: SERVFAIL
 *        `------> ABSENT ---------------------------> DONE
 *
 * One look-up of A for the real name serves every type (forward_steps.c). A type that type-policy passes on has a look-up
 * of its own, answered by PASS_ANSWER (forward_steps.c); so has AAAA, with native-aaaa, when there is no A record: NATIVE and
 * NATIVE_ANSWER (forward_steps.c). With a twin6-prefix AAAA has one before that, or before all others: TWIN6 and TWIN6_ANSWER
 * (twin6_steps.c). A question about the zone of a prefix under ip6.arpa goes REVERSE --> WAIT -->
 * REVERSE_ANSWER (reverse_steps.c).
 *
 * What is left out on purpose: other classes than IN go on to Unbound, which refuses them; class ANY is refused here, because
 * Unbound would ask the name servers itself for the name in class IN, and keep what they say in the cache that clients of class
 * IN are answered from. The module does not rewrite the iterator's answers for names outside, even when a CNAME there leads into a
 * split domain. A domain that is its own real suffix has a path of its own: same_name.c.
 */
#include "module/compat.h"

#include "module/domains.h"
#include "module/extended_error.h"
#include "module/lookup.h"
#include "module/question_run.h"

#include "module/answer.h"
#include "module/counters.h"
#include "module/instance.h"
#include "module/patience.h"
#include "module/same_name.h"
#include "module/store.h"
#include "module/statistics.h"
#include "module/dns64.h"

#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

/* Where a question begins. */
static enum step question_classify(const struct module_qstate *qstate, struct question *question)
{
	const struct query_info *asked = &qstate->qinfo;
	const struct reverse_zone *reverse;

	if (asked->qclass == LDNS_RR_CLASS_ANY &&
	    splitdns_split_domains_answer(question->domains, asked->qname, asked->qname_len))
		return STOP_REFUSED;
	if (asked->qclass != LDNS_RR_CLASS_IN)
		return STOP_OUTSIDE;
	question->domain = splitdns_split_domains_find(question->domains, asked->qname, asked->qname_len,
						       &question->offset);
	if (question->domain) {
		question->zone = &question->domain->split;
		question->prefix = &splitdns_split_domain_prefix(question->domain, asked->qname, question->offset)->prefix;
		if (question->domain->same)
			return splitdns_same_name_question_is_ours(qstate, question->domain) ? STEP_LOOK_UP : STOP_OUTSIDE;
		return question->offset == 0 ? STEP_APEX : STEP_LOOK_UP;
	}
	reverse = splitdns_split_domains_find_reverse(question->domains, asked->qname, asked->qname_len, &question->offset);
	if (!reverse)
		return STOP_OUTSIDE;
	question->zone = &reverse->zone;
	question->prefix = reverse->is_twin ? NULL : &reverse->prefix;
	if (question->offset == 0 && !reverse->is_host)
		return STEP_APEX;
	return reverse->is_twin6 ? STEP_REVERSE6 : STEP_REVERSE;
}

enum step splitdns_question_reply(struct module_qstate *qstate, struct question *question, struct reply_info *reply)
{
	bool store = !qstate->no_cache_store && !question->lookup.private && !question->lookup.bogus &&
		     splitdns_same_name_answer_may_stay(qstate, question->domain);
	struct dns_msg *message = regional_alloc(qstate->region, sizeof(*message));

	if (!reply || !message)
		return STOP_FAIL;
	message->qinfo = qstate->qinfo;
	message->rep = reply;
	qstate->return_msg = message;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	if (store)
		splitdns_question_store(qstate, reply);
	return STOP_DONE;
}

enum step splitdns_question_reply_negative(struct module_qstate *qstate, struct question *question, int rcode, time_t ttl)
{
	return splitdns_question_reply(
		qstate, question,
		splitdns_answer_negative(qstate->region, &qstate->qinfo, question->zone, rcode, ttl, question->reason));
}

enum step splitdns_question_wait(struct module_qstate *qstate, int id, struct question *question,
				 const struct wire_name *name, uint16_t type, enum step next)
{
	question->next = next;
	if (question->query_log) {
		question->sought = regional_alloc_init(qstate->region, name, sizeof(*name));
		question->sought_type = type;
	}
	splitdns_counters_lookup(question->counters, type);
	patience_begin(qstate, question);
	return splitdns_lookup_start(qstate, id, name, type, question->apart ? LOOKUP_APART : LOOKUP_SHORT) < 0 ?
		       STOP_FAIL :
		       STOP_WAIT;
}

/* The A record of the same name, by way of the validator. What comes next is the same. */
static enum step splitdns_question_look_up_again(struct module_qstate *qstate, int id, struct question *question)
{
	return splitdns_lookup_start(qstate, id, question->lookup.again, LDNS_RR_TYPE_A, LOOKUP_CHECKED) < 0 ? STOP_FAIL :
													       STOP_WAIT;
}

void question_join_lookups(struct question *question)
{
	struct lookup *lookup = &question->lookup;

	lookup->private |= question->first.private;
	lookup->bogus |= question->first.bogus;
	if (question->first.ttl < lookup->ttl)
		lookup->ttl = question->first.ttl;
}

bool splitdns_question_lookup_has_failed(const struct module_qstate *qstate, const struct lookup *lookup)
{
	return lookup->rcode == LDNS_RCODE_SERVFAIL || (lookup->bogus && !(qstate->query_flags & BIT_CD));
}

static step_handler *const handlers[] = {
	[STEP_APEX] = splitdns_question_answer_apex,
	[STEP_LOOK_UP] = splitdns_question_look_up,
	[STEP_LOOK_UP_AGAIN] = splitdns_question_look_up_again,
	[STEP_REVERSE] = splitdns_question_look_up_reverse,
	[STEP_ABSENT] = splitdns_question_answer_absent,
	[STEP_EMPTY] = splitdns_question_answer_empty,
	[STEP_ANSWER] = splitdns_question_answer,
	[STEP_REVERSE_ANSWER] = splitdns_question_answer_reverse,
	[STEP_PASS_ANSWER] = splitdns_question_answer_passed,
	[STEP_NATIVE] = splitdns_question_look_up_native,
	[STEP_NATIVE_ANSWER] = splitdns_question_answer_native,
	[STEP_TWIN6] = splitdns_question_look_up_twin6,
	[STEP_TWIN6_ANSWER] = splitdns_question_answer_twin6,
	[STEP_REVERSE6] = splitdns_question_look_up_reverse6,
};

static const enum module_ext_state outcomes[] = {
	[STOP_OUTSIDE] = module_wait_module,
	[STOP_WAIT] = module_wait_subquery,
	[STOP_DONE] = module_finished,
	[STOP_FAIL] = module_error,
};

static void question_end(struct module_qstate *qstate, struct question *question)
{
	if (question->step == STOP_DONE)
		splitdns_reason_put(qstate, question->reason);
	else if (question->reason == REASON_NONE)
		question->reason = question->lookup.reason;
	splitdns_statistics_end(qstate, question);
}

void splitdns_question_run(struct module_qstate *qstate, int id, struct question *question)
{
	while (question->step < STOP_OUTSIDE)
		question->step = handlers[question->step](qstate, id, question);
	if (question->step == STOP_DONE || question->step == STOP_FAIL)
		question_end(qstate, question);
	qstate->ext_state[id] = outcomes[question->step];
}

/* A question that Unbound shows for the first time. Only one of ours gets a state that stays. */
void splitdns_question_begin(struct module_qstate *qstate, int id, const struct instance *instance)
{
	struct question first = {
		.domains = instance->domains, .counters = instance->counters, .query_log = instance->query_log};
	struct question *question;

	first.step = question_classify(qstate, &first);
	if (first.step == STOP_REFUSED) {
		qstate->return_rcode = LDNS_RCODE_REFUSED;
		qstate->ext_state[id] = module_finished;
		return;
	}
	if (first.step == STOP_OUTSIDE) {
		qstate->ext_state[id] = splitdns_dns64_question_leave(qstate, id, instance) ? module_wait_subquery :
											      module_wait_module;
		return;
	}
	question = regional_alloc_init(qstate->region, &first, sizeof(first));
	if (!question) {
		log_err("splitdns: out of memory");
		qstate->ext_state[id] = module_error;
		return;
	}
	qstate->minfo[id] = question;
	splitdns_statistics_begin(qstate, question);
	splitdns_question_run(qstate, id, question);
}
