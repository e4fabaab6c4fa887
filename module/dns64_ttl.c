/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
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

#include "module/dns64_ttl.h"

#include "module/dns64_upstream.h"
#include "module/question.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/mesh.h"
#include "services/modstack.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "validator/validator.h"

#include <arpa/inet.h>
#include <string.h>

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

void splitdns_dns64_ttl_limit(struct module_qstate *qstate, int id, const struct split_domains *domains)
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
