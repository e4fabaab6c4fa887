/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Unbound module: questions about names of a split domain.
 *
 * Unbound asks its modules in a row, this one first, and only when its cache has no answer. A question about a name
 * outside of every split domain goes on to the next module, untouched. For any other:
 *
 *     APEX -----------------------------------------> DONE: to Unbound's message cache, and to the client
 *     LOOK_UP --> WAIT ... inform_super() --> ANSWER -> DONE, or FAIL: SERVFAIL
 *        `------> TOO_LONG -------------------------> DONE
 *
 * One look-up of A for the real name serves every type: its addresses become the AAAA records; every other type of a
 * name that exists is NODATA, and a name that does not exist is NXDOMAIN. A is empty on purpose, so that clients have
 * one way only. NS, DS, DNSKEY and NSEC are NODATA as well: the split domain is no signed zone and has no cut.
 *
 * What is left out on purpose: other classes than IN go on to Unbound; the module does not rewrite the iterator's
 * answers for names outside, even when a CNAME there leads into a split domain.
 *
 * Memory: the state of a question lies in the region that Unbound frees with it. The settings are one object, made in
 * init() before there are threads and never changed; Unbound's dynlib module keeps it for us.
 */
#include "module/compat.h"

#include "module/splitdns.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "module/answer.h"
#include "module/domains.h"
#include "module/guard.h"
#include "module/lookup.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <stdlib.h>

/* The machine goes from step to step until it comes to a stop. */
enum step {
	STEP_APEX,
	STEP_LOOK_UP,
	STEP_TOO_LONG,
	STEP_ANSWER,
	STOP_OUTSIDE,
	STOP_WAIT,
	STOP_DONE,
	STOP_FAIL,
};

struct question {
	enum step step;
	const struct split_domains *domains;
	const struct split_domain *domain;
	size_t offset; /* where in the name the split domain begins */
	struct lookup lookup;
};

/* Where the settings are kept. */
static void **settings_place(const struct module_env *env, int id)
{
	return &((struct dynlibmod_env *)env->modinfo[id])->dyn_env;
}

/* Where a question begins. */
static enum step question_classify(const struct query_info *asked, struct question *question)
{
	if (asked->qclass != LDNS_RR_CLASS_IN)
		return STOP_OUTSIDE;
	question->domain = split_domains_find(question->domains, asked->qname, asked->qname_len, &question->offset);
	if (!question->domain)
		return STOP_OUTSIDE;
	return question->offset == 0 ? STEP_APEX : STEP_LOOK_UP;
}

/* Hand the reply over to Unbound: to its cache, unless it must not stay there, and to whoever asked. */
static enum step question_reply(struct module_qstate *qstate, struct question *question, struct reply_info *reply)
{
	bool store = !qstate->no_cache_store && !question->lookup.private && !question->lookup.bogus;
	struct dns_msg *message = regional_alloc(qstate->region, sizeof(*message));

	if (!reply || !message)
		return STOP_FAIL;
	message->qinfo = qstate->qinfo;
	message->rep = reply;
	qstate->return_msg = message;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	if (store && !compat_cache_store(qstate->env, &qstate->qinfo, reply, qstate->prefetch_leeway, qstate->region,
					 qstate->query_flags, qstate->qstarttime))
		log_err("splitdns: out of memory");
	return STOP_DONE;
}

/* The split domain itself: it is ours alone, nobody is asked. */
static enum step question_answer_apex(struct module_qstate *qstate, int id, struct question *question)
{
	struct reply_info *reply;

	(void)id;
	if (qstate->qinfo.qtype == LDNS_RR_TYPE_SOA)
		reply = answer_soa(qstate->region, question->domain);
	else
		reply = answer_negative(qstate->region, &qstate->qinfo, question->domain, LDNS_RCODE_NOERROR,
					ANSWER_NEGATIVE_TTL);
	return question_reply(qstate, question, reply);
}

/* The real name would be longer than a name can be: so there is none. */
static enum step question_answer_too_long(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	return question_reply(qstate, question,
			      answer_negative(qstate->region, &qstate->qinfo, question->domain, LDNS_RCODE_NXDOMAIN,
					      ANSWER_NEGATIVE_TTL));
}

static enum step question_look_up(struct module_qstate *qstate, int id, struct question *question)
{
	struct wire_name real;

	if (wire_name_exchange_suffix(qstate->qinfo.qname, question->offset, &question->domain->real, &real) < 0)
		return STEP_TOO_LONG;
	return lookup_start(qstate, id, &real) < 0 ? STOP_FAIL : STOP_WAIT;
}

/* Keep the addresses that packets can reach, at most as many as a message can hold. */
static void question_filter(struct question *question)
{
	struct lookup *lookup = &question->lookup;
	size_t kept = 0;

	for (size_t i = 0; i < lookup->count && kept < ANSWER_ADDRESSES_MAX; i++)
		if (split_domains_allow(question->domains, question->domain, lookup->addresses[i]))
			lookup->addresses[kept++] = lookup->addresses[i];
	lookup->count = kept;
}

/* ANY gets the one rrset there is (RFC 8482 section 4.1). */
static bool type_wants_addresses(uint16_t type)
{
	return type == LDNS_RR_TYPE_AAAA || type == LDNS_RR_TYPE_ANY;
}

static enum step question_answer(struct module_qstate *qstate, int id, struct question *question)
{
	struct lookup *lookup = &question->lookup;
	struct reply_info *reply;

	(void)id;
	if (lookup->rcode == LDNS_RCODE_SERVFAIL || (lookup->bogus && !(qstate->query_flags & BIT_CD)))
		return STOP_FAIL;
	question_filter(question);
	if (lookup->count > 0 && type_wants_addresses(qstate->qinfo.qtype))
		reply = answer_addresses(qstate->region, &qstate->qinfo, question->domain, lookup->addresses,
					 lookup->count, lookup->ttl);
	else
		reply = answer_negative(qstate->region, &qstate->qinfo, question->domain, lookup->rcode, lookup->ttl);
	return question_reply(qstate, question, reply);
}

typedef enum step step_handler(struct module_qstate *qstate, int id, struct question *question);

static step_handler *const handlers[] = {
	[STEP_APEX] = question_answer_apex,
	[STEP_LOOK_UP] = question_look_up,
	[STEP_TOO_LONG] = question_answer_too_long,
	[STEP_ANSWER] = question_answer,
};

static const enum module_ext_state outcomes[] = {
	[STOP_OUTSIDE] = module_wait_module,
	[STOP_WAIT] = module_wait_subquery,
	[STOP_DONE] = module_finished,
	[STOP_FAIL] = module_error,
};

static void question_run(struct module_qstate *qstate, int id, struct question *question)
{
	while (question->step < STOP_OUTSIDE)
		question->step = handlers[question->step](qstate, id, question);
	qstate->ext_state[id] = outcomes[question->step];
}

/* A question that Unbound shows for the first time. Only one of ours gets a state that stays. */
static void question_begin(struct module_qstate *qstate, int id)
{
	struct question first = { .domains = *settings_place(qstate->env, id) };
	struct question *question;

	first.step = question_classify(&qstate->qinfo, &first);
	if (first.step == STOP_OUTSIDE) {
		qstate->ext_state[id] = module_wait_module;
		return;
	}
	question = regional_alloc_init(qstate->region, &first, sizeof(first));
	if (!question) {
		log_err("splitdns: out of memory");
		qstate->ext_state[id] = module_error;
		return;
	}
	qstate->minfo[id] = question;
	question_run(qstate, id, question);
}

void operate(struct module_qstate *qstate, enum module_ev event, int id, struct outbound_entry *outbound)
{
	(void)outbound;
	guard_query_check(qstate);
	switch (event) {
	case module_event_new:
	case module_event_pass:
		if (qstate->minfo[id])
			question_run(qstate, id, qstate->minfo[id]);
		else
			question_begin(qstate, id);
		break;
	case module_event_moddone: /* the next modules have answered a question that is not ours */
		qstate->ext_state[id] = module_finished;
		break;
	default:
		qstate->ext_state[id] = module_error;
		break;
	}
}

void inform_super(struct module_qstate *finished, int id, struct module_qstate *qstate)
{
	struct question *question = qstate->minfo[id];

	if (!question)
		return;
	question->step = lookup_take(finished, qstate, &question->lookup) < 0 ? STOP_FAIL : STEP_ANSWER;
}

void clear(struct module_qstate *qstate, int id)
{
	qstate->minfo[id] = NULL;
}

size_t get_mem(struct module_env *env, int id)
{
	const struct split_domains *domains = *settings_place(env, id);

	return domains ? sizeof(*domains) + domains->count * sizeof(*domains->list) : 0;
}

static struct split_domains *domains_read(const char *path, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(path, report);
	struct split_domains *read = settings ? split_domains_new(settings, report) : NULL;

	conf_settings_free(settings);
	return read;
}

int init(struct module_env *env, int id)
{
	const char *path = getenv("NAT64_RELAY_CONF");
	struct conf_report report = { 0 };
	struct split_domains *domains;

	if (!guard_program_is_ours())
		return 0;
	if (!path || *path == '\0')
		path = RELAY_CONF_PATH;
	domains = domains_read(path, &report);
	for (size_t i = 0; i < report.count; i++)
		log_err("splitdns: %s", report.lines[i]);
	if (!domains)
		log_err("splitdns: cannot use %s: put right what the lines above say, and see that the user Unbound runs "
			"as may read it", path);
	conf_report_clear(&report);
	*settings_place(env, id) = domains;
	return domains != NULL;
}

void deinit(struct module_env *env, int id)
{
	split_domains_free(*settings_place(env, id));
	*settings_place(env, id) = NULL;
}
