/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Unbound's dns64 needs of the module that stands before it.
 *
 * First in the row, dns64 would keep the iterator's "no AAAA" out of the cache until it has looked for A. Behind us it
 * does not, and a client that asks between the two look-ups would be told that there is no address. So we do it for AAAA questions:
 * nothing is stored on the way, and the final answer is stored here.
 *
 * A name below a real suffix stays direct: an answer inside the prefix would lead a host of the overlay, that asks for the
 * real name, through the relay. It has no AAAA, as without dns64. Real names are reached inside the prefix by their split names.
 * The real suffix "." is every name there is, and says nothing of any.
 *
 * Unbound looks for the addresses of name servers, and for keys, past the validator, and dns64 stores what comes as validated: every AAAA and A
 * question of a client would be answered with it. What it has stored is marked as unchecked here, and taken out again where module/same_name.c
 * tells clients another address.
 *
 * Without split domains dns64 is to do all that it does where it stands first. It sets a question up at module_event_new, for the names of addresses
 * in its prefix and the lines dns64-synthall and dns64-ignore-aaaa, and Unbound shows this event to the first module alone. So dns64 is shown
 * it from here. Beside split domains the names of addresses are ours, and dns64 has neither of the two lines.
 *
 * With CD set, the client makes the address itself, and dns64 leaves the answer alone (RFC 6147 section 5.5).
 *
 * How long what Unbound's dns64 makes may be kept (RFC 6147 section 5.1.7).
 *
 * An address that dns64 makes says that the name has no AAAA records as well, and holds no longer than this does: for the TTL of the SOA in
 * the empty AAAA answer, which Unbound has cut down to the SOA's minimum (RFC 2308 section 5), and for 600 seconds when there is
 * none. When the AAAA look-up fails, dns64 goes on to A all the same (RFC 6147 section 5.1.2), but the name may well have AAAA records: then it is
 * 60 seconds, as it is where nobody was asked. What dns64 makes of a name without A records holds no longer either.
 *
 * dns64 itself keeps the TTL of A, and puts its answer in the place of the empty one. So each answer is looked at when it comes in; that of
 * the last name of a chain is the last to come.
 *
 * Left out on purpose: what the iterator makes of the cache (aggressive-nsec, an alias) does not come in. It is made of it again after 60
 * seconds, with no question to anybody.
 */
#include "module/compat.h"

#include "module/dns64.h"

#include "conf/rfc6052.h"
#include "module/answer.h"
#include "module/dns64_upstream.h"
#include "module/domains.h"
#include "module/extended_error.h"
#include "module/instance.h"
#include "module/local_address.h"
#include "module/patience.h"
#include "module/question.h"
#include "module/record.h"
#include "module/same_name.h"
#include "module/store.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/mesh.h"
#include "services/modstack.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "validator/validator.h"

#include <arpa/inet.h>
#include <string.h>

/* What a question has that goes to dns64, in seconds, until an answer to AAAA comes: nobody has said that there are none. */
#define DNS64_TTL_UNANSWERED 60

/* RFC 6147 section 5.1.7, in seconds. */
#define WITHOUT_SOA 600

/* How long the answer to AAAA says that there are none, in seconds. NULL: nobody has answered. */
static time_t response_limit(const struct dns_msg *response)
{
	const struct reply_info *reply = response ? response->rep : NULL;
	int rcode = reply ? FLAGS_GET_RCODE(reply->flags) : LDNS_RCODE_SERVFAIL;

	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)
		return DNS64_TTL_UNANSWERED;
	for (size_t i = reply->an_numrrsets; i < reply->an_numrrsets + reply->ns_numrrsets; i++)
		if (reply->rrsets[i]->rk.type == htons(LDNS_RR_TYPE_SOA))
			return ((const struct packed_rrset_data *)reply->rrsets[i]->entry.data)->ttl;
	return WITHOUT_SOA;
}

static int response_examine(struct module_qstate *qstate, struct dns_msg *response, int id, void *upstream)
{
	struct question *question = qstate->minfo[id];

	splitdns_dns64_upstream_examine(upstream, qstate, response);
	if (question && question->is_for_dns64)
		question->dns64_limit = response_limit(response);
	return 1;
}

/* Unbound 1.17 and 1.22 go on to A when the AAAA answer is bogus. */
static bool aaaa_is_bogus(const struct module_qstate *qstate)
{
	int id = modstack_find(&qstate->env->mesh->mods, "validator");
	const struct val_qstate *validator = id >= 0 ? qstate->minfo[id] : NULL;

	return validator && validator->chase_reply && validator->chase_reply->security == sec_status_bogus;
}

/* Does the name have AAAA records of its own? */
static bool reply_is_native(const struct reply_info *reply, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = reply->rrsets[i]->entry.data;
		struct in6_addr address;

		if (reply->rrsets[i]->rk.type != htons(LDNS_RR_TYPE_AAAA) ||
		    data->rr_len[0] != sizeof(uint16_t) + sizeof(address))
			continue;
		memcpy(&address, data->rr_data[0] + sizeof(uint16_t), sizeof(address));
		return !conf_prefix6_contains(prefix, &address);
	}
	return false;
}

/* Aliases hold as long as they say: a name that they lead to has an answer of its own. */
static void rrset_limit(struct ub_packed_rrset_key *rrset, time_t limit)
{
	struct packed_rrset_data *data = rrset->entry.data;

	if (rrset->rk.type != htons(LDNS_RR_TYPE_AAAA) && rrset->rk.type != htons(LDNS_RR_TYPE_SOA))
		return;
	if (data->ttl > limit)
		data->ttl = limit;
	for (size_t i = 0; i < data->count + data->rrsig_count; i++)
		if (data->rr_ttl[i] > limit)
			data->rr_ttl[i] = limit;
}

/* The question is answered: shorten the TTLs of what dns64 has made. An answer with AAAA records of the name's own stays as it is. */
static void ttl_limit(struct module_qstate *qstate, int id, const struct split_domains *domains)
{
	const struct question *question = qstate->minfo[id];
	struct reply_info *reply = qstate->return_msg->rep;
	time_t limit = aaaa_is_bogus(qstate) ? DNS64_TTL_UNANSWERED : question->dns64_limit;

	if (reply_is_native(reply, &domains->dns64))
		return;
	for (size_t i = 0; i < reply->rrset_count; i++)
		rrset_limit(reply->rrsets[i], limit);
	if (reply->ttl <= limit)
		return;
	reply->ttl = limit;
	reply->prefetch_ttl = PREFETCH_TTL_CALC(limit);
	reply->serve_expired_ttl = limit + SERVE_EXPIRED_TTL;
}

int splitdns_dns64_ttl_register(struct module_env *env, int id, struct dns64_upstream *upstream)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];
	inplace_cb_query_response_func_type *function = response_examine;
	void *pointer;

	memcpy(&pointer, &function, sizeof(pointer)); /* ISO C converts no function to void *, which Unbound asks for */
	return dynlib->inplace_cb_register_wrapped(pointer, inplace_cb_query_response, upstream, env, id) ? 0 : -1;
}

void splitdns_dns64_ttl_unregister(struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];

	dynlib->inplace_cb_delete_wrapped(env, inplace_cb_query_response, id);
}

static bool question_is_for_dns64(const struct module_qstate *qstate, const struct split_domains *domains)
{
	return domains->has_dns64 && qstate->qinfo.qtype == LDNS_RR_TYPE_AAAA &&
	       qstate->qinfo.qclass == LDNS_RR_CLASS_IN && !(qstate->query_flags & BIT_CD) && !qstate->is_valrec &&
	       !splitdns_dns64_upstream_question_is_ours(qstate);
}

/* Where clients depend on dns64, nobody waits for a silent upstream: neither for the AAAA, nor for the A that programs ask for beside it. */
static bool question_is_of_address(const struct module_qstate *qstate, const struct split_domains *domains)
{
	return domains->has_dns64 && qstate->qinfo.qclass == LDNS_RR_CLASS_IN && !qstate->is_valrec &&
	       (qstate->qinfo.qtype == LDNS_RR_TYPE_AAAA || qstate->qinfo.qtype == LDNS_RR_TYPE_A);
}

bool splitdns_dns64_question_leave(struct module_qstate *qstate, int id, const struct instance *instance)
{
	const struct split_domains *domains = instance->domains;
	struct question *question = question_is_of_address(qstate, domains) ?
					    regional_alloc_zero(qstate->region, sizeof(*question)) :
					    NULL;

	if (!question)
		return false;
	question->step = STOP_OUTSIDE;
	qstate->minfo[id] = question;
	if (question_is_for_dns64(qstate, domains)) {
		question->is_for_dns64 = true;
		question->dns64_limit = DNS64_TTL_UNANSWERED;
		qstate->no_cache_store = 1;
	}
	patience_begin(qstate, question);
	return question->is_for_dns64 && splitdns_dns64_upstream_ask(instance->dns64_upstream, qstate, question);
}

void splitdns_dns64_question_show(struct module_qstate *qstate, int id, const struct split_domains *domains)
{
	const struct question *question = qstate->minfo[id];
	struct module_stack *modules = &qstate->env->mesh->mods;
	bool apart = question && question->apart;
	int next = domains->count == 0 || apart ? modstack_find(modules, "dns64") : -1;

	if (next != id + 1)
		return;
	qstate->curmod = next; /* as mesh_continue() does, which reads the state that dns64 leaves behind */
	modules->mod[next]->operate(qstate, module_event_new, next, NULL);
}

/* Is the record dns64's, of an address that is not forwarded to? */
static bool record_is_lost(const struct split_domains *domains, struct local_address *local,
			   const struct packed_rrset_data *data, size_t index)
{
	struct in6_addr address;
	struct in_addr target;

	if (data->rr_len[index] != sizeof(uint16_t) + sizeof(address))
		return false;
	memcpy(&address, data->rr_data[index] + sizeof(uint16_t), sizeof(address));
	return conf_prefix6_contains(&domains->dns64, &address) &&
	       conf_rfc6052_extract(&domains->dns64, &address, &target) &&
	       (!splitdns_split_domains_allow(domains, &domains->dns64, target) ||
		splitdns_local_address_has(local, target));
}

/* The records that are reached. How many; *kept is NULL without memory. */
static size_t records_filter(const struct split_domains *domains, const struct packed_rrset_data *data,
			     struct regional *region, struct record **kept)
{
	struct local_address local = LOCAL_ADDRESS_NEW;
	size_t count = 0;

	*kept = regional_alloc(region, (data->count + 1) * sizeof(**kept));
	for (size_t i = 0; *kept && i < data->count && count < ANSWER_ADDRESSES_MAX; i++)
		if (!record_is_lost(domains, &local, data, i))
			(*kept)[count++] = (struct record){data->rr_data[i] + sizeof(uint16_t),
							   data->rr_len[i] - sizeof(uint16_t)};
	splitdns_local_address_close(&local);
	return count;
}

/* The SOA of an empty answer names whom the question was about: nothing else is known here that may be shown. */
static struct reply_info *reply_empty(struct module_qstate *qstate)
{
	struct wire_name name = {.length = qstate->qinfo.qname_len};

	memcpy(name.octets, qstate->qinfo.qname, name.length);
	splitdns_reason_put(qstate, REASON_NOT_RELAYED);
	return splitdns_answer_negative(qstate->region, &qstate->qinfo, &name, LDNS_RCODE_NOERROR, ANSWER_NEGATIVE_TTL,
					REASON_NOT_RELAYED);
}

/* dns64's records have no signatures. */
static const struct packed_rrset_data *synthesized_find(const struct reply_info *reply)
{
	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = reply->rrsets[i]->entry.data;

		if (reply->rrsets[i]->rk.type == htons(LDNS_RR_TYPE_AAAA) && data->rrsig_count == 0)
			return data;
	}
	return NULL;
}

/*
 * What of dns64's answers packets reach: dns64 knows nothing of which addresses are the relay's own, and puts them into its prefix as any others. An answer that
 * has such records is made anew of the others, under the name that was asked; when none is left it is empty, with the reason. The A records that they were made
 * of stay as they are, in the cache and in answers to A: an IPv4 client reaches them without us.
 */
static void reply_leave_out(struct module_qstate *qstate, const struct split_domains *domains)
{
	const struct packed_rrset_data *data = synthesized_find(qstate->return_msg->rep);
	struct reply_info *reply;
	struct record *kept;
	size_t count;

	if (!data)
		return;
	count = records_filter(domains, data, qstate->region, &kept);
	if (!kept || count == data->count)
		return;
	reply = count == 0 ?
			reply_empty(qstate) :
			splitdns_answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_AAAA, kept, count, data->ttl);
	if (reply)
		qstate->return_msg->rep = reply;
}

/* The real suffix that the name lies below, or is. */
static const struct wire_name *real_suffix_of(const struct query_info *asked, const struct split_domains *domains)
{
	size_t offset;

	for (size_t i = 0; i < domains->count; i++) {
		const struct wire_name *real = &domains->list[i].real;

		if (real->length > 1 && splitdns_wire_name_find_suffix(asked->qname, asked->qname_len, real, &offset))
			return real;
	}
	return NULL;
}

/* Has dns64 made any of the records? */
static bool reply_is_synthesized(const struct reply_info *reply, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = reply->rrsets[i]->entry.data;
		struct in6_addr address;

		if (reply->rrsets[i]->rk.type != htons(LDNS_RR_TYPE_AAAA))
			continue;
		for (size_t j = 0; j < data->count; j++) {
			if (data->rr_len[j] != sizeof(uint16_t) + sizeof(address))
				continue;
			memcpy(&address, data->rr_data[j] + sizeof(uint16_t), sizeof(address));
			if (conf_prefix6_contains(prefix, &address))
				return true;
		}
	}
	return false;
}

/* What dns64 has stored of a look-up that went past the validator. */
static void stored_uncheck(struct module_qstate *qstate, const struct split_domains *domains)
{
	const struct query_info *asked = &qstate->qinfo;

	if (splitdns_same_name_question_is_apart(domains, asked))
		msg_cache_remove(qstate->env, asked->qname, asked->qname_len, asked->qtype, asked->qclass,
				 qstate->query_flags);
	else if (!qstate->no_cache_store)
		splitdns_question_store(qstate, qstate->return_msg->rep);
}

void splitdns_dns64_question_return(struct module_qstate *qstate, int id, const struct split_domains *domains)
{
	const struct question *question = qstate->minfo[id];
	const struct wire_name *real;
	struct dns_msg *message = qstate->return_msg;

	if (domains->has_dns64 && qstate->is_valrec && message && message->rep)
		stored_uncheck(qstate, domains);
	if (!question || !question->is_for_dns64)
		return;
	qstate->no_cache_store = 0;
	if (qstate->return_rcode != LDNS_RCODE_NOERROR || !message || !message->rep)
		return;
	ttl_limit(qstate, id, domains);
	reply_leave_out(qstate, domains);
	real = real_suffix_of(&qstate->qinfo, domains);
	if (real && reply_is_synthesized(message->rep, &domains->dns64)) {
		struct reply_info *negative = splitdns_answer_negative(
			qstate->region, &qstate->qinfo, real, LDNS_RCODE_NOERROR, ANSWER_NEGATIVE_TTL, REASON_NONE);

		if (!negative)
			return;
		message->rep = negative;
	}
	splitdns_question_store(qstate, message->rep);
}
