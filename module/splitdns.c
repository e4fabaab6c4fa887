/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Unbound module: questions about names of a split domain.
 *
 * Unbound asks its modules in a row, this one first, and only when its cache has no answer. A question about a name
 * outside of every split domain goes on to the next module, untouched. For any other:
 *
 *     APEX -----------------------------------------> DONE: to Unbound's message cache, and to the client
 *     LOOK_UP --> WAIT ... inform_super() --> ANSWER -> DONE, or FAIL: SERVFAIL
 *        `------> ABSENT ---------------------------> DONE
 *
 * One look-up of A for the real name serves every type: its addresses become the AAAA records; every other type of a
 * name that exists is NODATA, and a name that does not exist is NXDOMAIN. A is empty on purpose, so that clients have
 * one way only; a-policy can give the real ones, or deny them. A type that type-policy passes on has a look-up of its own,
 * answered by PASS_ANSWER; so has AAAA, with native-aaaa, when there is no A record: NATIVE and NATIVE_ANSWER. NS, DS, DNSKEY and NSEC are NODATA as well: the split domain is no signed zone and has no cut.
 *
 * A question about the zone of a prefix under ip6.arpa goes REVERSE --> WAIT --> REVERSE_ANSWER: module/reverse_steps.c.
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
#include "module/guard.h"
#include "module/question.h"
#include "module/record.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/log.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <stdlib.h>
#include <string.h>

/* Where the settings are kept. */
static void **settings_place(const struct module_env *env, int id)
{
	return &((struct dynlibmod_env *)env->modinfo[id])->dyn_env;
}

/* Where a question begins. */
static enum step question_classify(const struct query_info *asked, struct question *question)
{
	const struct reverse_zone *reverse;

	if (asked->qclass != LDNS_RR_CLASS_IN)
		return STOP_OUTSIDE;
	question->domain = split_domains_find(question->domains, asked->qname, asked->qname_len, &question->offset);
	if (question->domain) {
		question->zone = &question->domain->split;
		question->prefix = &question->domain->prefix;
		question->global_only = question->domain->global_only;
		return question->offset == 0 ? STEP_APEX : STEP_LOOK_UP;
	}
	reverse = split_domains_find_reverse(question->domains, asked->qname, asked->qname_len, &question->offset);
	if (!reverse)
		return STOP_OUTSIDE;
	question->zone = &reverse->zone;
	question->prefix = &reverse->prefix;
	question->global_only = reverse->global_only;
	return question->offset == 0 ? STEP_APEX : STEP_REVERSE;
}

void question_store(struct module_qstate *qstate, struct reply_info *reply)
{
	if (!compat_cache_store(qstate->env, &qstate->qinfo, reply, qstate->prefetch_leeway, qstate->region,
				qstate->query_flags, qstate->qstarttime))
		log_err("splitdns: out of memory");
}

enum step question_reply(struct module_qstate *qstate, struct question *question, struct reply_info *reply)
{
	bool store = !qstate->no_cache_store && !question->lookup.private && !question->lookup.bogus;
	struct dns_msg *message = regional_alloc(qstate->region, sizeof(*message));

	if (!reply || !message)
		return STOP_FAIL;
	message->qinfo = qstate->qinfo;
	message->rep = reply;
	qstate->return_msg = message;
	qstate->return_rcode = LDNS_RCODE_NOERROR;
	if (store)
		question_store(qstate, reply);
	return STOP_DONE;
}

enum step question_reply_negative(struct module_qstate *qstate, struct question *question, int rcode, time_t ttl)
{
	return question_reply(qstate, question,
			      answer_negative(qstate->region, &qstate->qinfo, question->zone, rcode, ttl));
}

/* The zone itself: it is ours alone, nobody is asked. */
static enum step question_answer_apex(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	if (qstate->qinfo.qtype == LDNS_RR_TYPE_SOA)
		return question_reply(qstate, question, answer_soa(qstate->region, question->zone));
	return STEP_EMPTY;
}

/* There is such a name, and it has no records. */
static enum step question_answer_empty(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	return question_reply_negative(qstate, question, LDNS_RCODE_NOERROR, ANSWER_NEGATIVE_TTL);
}

/* There can be no such name: the real one would be too long, an address is none of ours, or a-policy will have it so. */
static enum step question_answer_absent(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	return question_reply_negative(qstate, question, LDNS_RCODE_NXDOMAIN, ANSWER_NEGATIVE_TTL);
}

enum step question_wait(struct module_qstate *qstate, int id, struct question *question,
			       const struct wire_name *name, uint16_t type, enum step next)
{
	question->next = next;
	return lookup_start(qstate, id, name, type) < 0 ? STOP_FAIL : STOP_WAIT;
}

static enum step question_look_up(struct module_qstate *qstate, int id, struct question *question)
{
	uint16_t type = qstate->qinfo.qtype;
	struct wire_name real;

	if (type == LDNS_RR_TYPE_A && question->domain->a_policy == CONF_A_NXDOMAIN)
		return STEP_ABSENT;
	if (wire_name_exchange_suffix(qstate->qinfo.qname, question->offset, &question->domain->real, &real) < 0)
		return STEP_ABSENT;
	if (conf_policy_passes(question->domain->passed, type))
		return question_wait(qstate, id, question, &real, type, STEP_PASS_ANSWER);
	return question_wait(qstate, id, question, &real, LDNS_RR_TYPE_A, STEP_ANSWER);
}

/* The addresses that packets can reach, at most as many as a message can hold. */
static size_t addresses_filter(const struct question *question, struct in_addr *addresses)
{
	const struct lookup *lookup = &question->lookup;
	size_t kept = 0;

	for (size_t i = 0; i < lookup->count && kept < ANSWER_ADDRESSES_MAX; i++) {
		if (lookup->records[i].length != sizeof(*addresses))
			continue;
		memcpy(&addresses[kept], lookup->records[i].octets, sizeof(*addresses));
		if (split_domains_allow(question->domains, question->global_only, addresses[kept]))
			kept++;
	}
	return kept;
}

bool question_lookup_has_failed(const struct module_qstate *qstate, const struct lookup *lookup)
{
	return lookup->rcode == LDNS_RCODE_SERVFAIL || (lookup->bogus && !(qstate->query_flags & BIT_CD));
}

/* ANY gets the one rrset there is (RFC 8482 section 4.1). */
static bool type_wants_addresses(uint16_t type)
{
	return type == LDNS_RR_TYPE_AAAA || type == LDNS_RR_TYPE_ANY;
}

/* The very addresses, as A records (a-policy real). */
static struct reply_info *answer_real(struct module_qstate *qstate, const struct in_addr *addresses, size_t count,
				      time_t ttl)
{
	struct record *records = regional_alloc(qstate->region, count * sizeof(*records));

	if (!records)
		return NULL;
	for (size_t i = 0; i < count; i++)
		records[i] = (struct record){ (const uint8_t *)&addresses[i], sizeof(addresses[i]) };
	return answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_A, records, count, ttl);
}

static enum step question_answer(struct module_qstate *qstate, int id, struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	struct in_addr *addresses;
	size_t count;

	(void)id;
	if (question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	addresses = regional_alloc(qstate->region, (lookup->count + 1) * sizeof(*addresses));
	if (!addresses)
		return STOP_FAIL;
	count = addresses_filter(question, addresses);
	if (count > 0 && type_wants_addresses(qstate->qinfo.qtype))
		return question_reply(qstate, question,
				      answer_addresses(qstate->region, &qstate->qinfo, question->prefix, addresses, count,
						       lookup->ttl));
	if (count > 0 && qstate->qinfo.qtype == LDNS_RR_TYPE_A && question->domain->a_policy == CONF_A_REAL)
		return question_reply(qstate, question, answer_real(qstate, addresses, count, lookup->ttl));
	if (lookup->count == 0 && lookup->rcode == LDNS_RCODE_NOERROR && type_wants_addresses(qstate->qinfo.qtype) &&
	    question->domain->native_aaaa)
		return STEP_NATIVE;
	return question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
}

/* The name exists and has no A record at all: does it have AAAA (native-aaaa)? */
static enum step question_look_up_native(struct module_qstate *qstate, int id, struct question *question)
{
	struct wire_name real;

	if (wire_name_exchange_suffix(qstate->qinfo.qname, question->offset, &question->domain->real, &real) < 0)
		return STEP_ABSENT;
	question->first = question->lookup;
	return question_wait(qstate, id, question, &real, LDNS_RR_TYPE_AAAA, STEP_NATIVE_ANSWER);
}

/* An address that a packet can be sent to from elsewhere. */
static bool native_is_usable(const struct record *record)
{
	struct in6_addr address;

	if (record->length != sizeof(address))
		return false;
	memcpy(&address, record->octets, sizeof(address));
	return !IN6_IS_ADDR_UNSPECIFIED(&address) && !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_LINKLOCAL(&address) &&
	       !IN6_IS_ADDR_MULTICAST(&address) && !IN6_IS_ADDR_V4MAPPED(&address) && !IN6_IS_ADDR_V4COMPAT(&address);
}

/* What both look-ups found may be kept as long as either, and no longer. */
static enum step question_answer_native(struct module_qstate *qstate, int id, struct question *question)
{
	struct lookup *lookup = &question->lookup;
	struct record kept[ANSWER_RECORDS_MAX];
	size_t count = 0;

	(void)id;
	lookup->private |= question->first.private;
	lookup->bogus |= question->first.bogus;
	if (question->first.ttl < lookup->ttl)
		lookup->ttl = question->first.ttl;
	if (question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	for (size_t i = 0; i < lookup->count && count < ANSWER_RECORDS_MAX; i++)
		if (native_is_usable(&lookup->records[i]))
			kept[count++] = lookup->records[i];
	if (count == 0)
		return question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
	return question_reply(qstate, question,
			      answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_AAAA, kept, count, lookup->ttl));
}

/* Records that hold the real suffix in some spelling stay behind; so do those that would make the message too long. */
static size_t records_filter(const struct question *question, struct record *kept)
{
	const struct lookup *lookup = &question->lookup;
	size_t count = 0, octets = 0;

	for (size_t i = 0; i < lookup->count && count < ANSWER_RECORDS_MAX; i++) {
		const struct record *record = &lookup->records[i];

		if (octets + record->length > ANSWER_OCTETS_MAX ||
		    wire_name_is_in(&question->domain->real, record->octets, record->length))
			continue;
		octets += record->length;
		kept[count++] = *record;
	}
	return count;
}

/* The records of the real name, for a type that has no names in it. */
static enum step question_answer_passed(struct module_qstate *qstate, int id, struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	struct record kept[ANSWER_RECORDS_MAX];
	size_t count;

	(void)id;
	if (question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	count = records_filter(question, kept);
	if (count == 0)
		return question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
	return question_reply(qstate, question,
			      answer_records(qstate->region, &qstate->qinfo, qstate->qinfo.qtype, kept, count, lookup->ttl));
}

static step_handler *const handlers[] = {
	[STEP_APEX] = question_answer_apex,
	[STEP_LOOK_UP] = question_look_up,
	[STEP_REVERSE] = question_look_up_reverse,
	[STEP_ABSENT] = question_answer_absent,
	[STEP_EMPTY] = question_answer_empty,
	[STEP_ANSWER] = question_answer,
	[STEP_REVERSE_ANSWER] = question_answer_reverse,
	[STEP_PASS_ANSWER] = question_answer_passed,
	[STEP_NATIVE] = question_look_up_native,
	[STEP_NATIVE_ANSWER] = question_answer_native,
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
	question->step = lookup_take(finished, qstate, &question->lookup) < 0 ? STOP_FAIL : question->next;
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

/* Say which clients do not go through the relay because relay.conf will have it so. */
static void settings_say(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->policy_count; i++) {
		const struct conf_policy *policy = &settings->policies[i];

		if (policy->a == CONF_A_REAL)
			log_warn("splitdns: a-policy %s real: clients that take the IPv4 address go around the relay",
				 policy->split);
		if (policy->native_aaaa)
			log_warn("splitdns: native-aaaa %s yes: clients go directly to names that have IPv6 addresses alone",
				 policy->split);
	}
}

static struct split_domains *domains_read(const char *path, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(path, report);
	struct split_domains *read = settings ? split_domains_new(settings, report) : NULL;

	if (read)
		settings_say(settings);
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
