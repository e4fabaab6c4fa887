/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Same-name relaying: "split-domain git.example.com git.example.com".
 *
 * The very same name is answered inside the prefix, so that certificates hold. One name then has two truths: what clients are
 * told, and what the look-up finds. They are kept apart thus:
 *
 *   the look-up    has a mesh state of its own beside that of a client who asks for the same A (module/apart.c). It takes nothing from
 *                  the cache, where our answer lies, and leaves nothing there. The validator checks it as any public name's.
 *   Unbound's own  look-ups, for the addresses of name servers, and for what a CNAME elsewhere leads to, begin behind this module or are
 *                  none of its questions. Their answers must not stay in the message cache, which clients are answered from: before
 *                  each query goes out, inplace_cb_query tells us of it. And what they look for there must not be our answer: an
 *                  empty A, or an AAAA that was asked with CD, as they are, is not stored.
 *   records        of ours have flags of their own in the rrset cache (module/answer.c).
 *
 * Only what leads around the relay is changed: A, AAAA, ANY, and HTTPS and SVCB, which carry hints. There is no real name to
 * hide, so every other type is Unbound's, unless type-policy withholds it. A is empty without a look-up, since such answers are
 * not stored; so it is for a name that does not exist.
 *
 * Left out on purpose: "harden-referral-path: yes" makes Unbound ask for such addresses as a client would; it is off.
 */
#include "module/compat.h"

#include "module/same_name.h"

#include "module/domains.h"
#include "module/question.h"
#include "module/store.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <string.h>

static bool type_leads(uint16_t type)
{
	return type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA || type == LDNS_RR_TYPE_ANY ||
	       type == LDNS_RR_TYPE_HTTPS || type == LDNS_RR_TYPE_SVCB;
}

/* Is the type one that clients are not told the real records of? */
static bool type_is_ours(const struct split_domain *domain, uint16_t type)
{
	if (type == LDNS_RR_TYPE_A && domain->a_policy == CONF_A_REAL)
		return false;
	return type_leads(type) || conf_policy_passes(domain->withheld, type);
}

bool splitdns_same_name_question_is_ours(const struct module_qstate *qstate, const struct split_domain *domain)
{
	return !qstate->is_valrec && type_is_ours(domain, qstate->qinfo.qtype);
}

bool splitdns_same_name_question_is_empty(const struct module_qstate *qstate, const struct split_domain *domain)
{
	switch (qstate->qinfo.qtype) {
	case LDNS_RR_TYPE_AAAA:
	case LDNS_RR_TYPE_ANY:
		return false;
	case LDNS_RR_TYPE_A:
		return domain->a_policy == CONF_A_EMPTY;
	default:
		return true;
	}
}

bool splitdns_same_name_answer_may_stay(const struct module_qstate *qstate, const struct split_domain *domain)
{
	uint16_t type = qstate->qinfo.qtype;

	if (!domain || !domain->same)
		return true;
	return type != LDNS_RR_TYPE_A && !(type == LDNS_RR_TYPE_AAAA && qstate->query_flags & BIT_CD);
}

bool splitdns_same_name_question_is_apart(const struct split_domains *domains, const struct query_info *asked)
{
	size_t offset;
	const struct split_domain *domain = splitdns_split_domains_find(domains, asked->qname, asked->qname_len, &offset);

	return domain && domain->same && type_is_ours(domain, asked->qtype);
}

/*
 * Unbound is about to ask a name server, and would store what comes under the name that it asks for. Then it may store nothing
 * until the question is answered; splitdns_same_name_question_return() does that for it. Our own look-up stores nothing as it is.
 */
static int query_keep_apart(struct query_info *asked, uint16_t flags, struct module_qstate *qstate,
			    struct sockaddr_storage *to, socklen_t length, uint8_t *zone, size_t zone_length,
			    struct regional *region, int id, void *context)
{
	const struct split_domains *domains = context;
	struct question *question;

	(void)flags, (void)to, (void)length, (void)zone, (void)zone_length, (void)region;
	if (qstate->no_cache_store || !splitdns_same_name_question_is_apart(domains, asked))
		return 1;
	qstate->no_cache_store = 1;
	question = qstate->minfo[id] ? qstate->minfo[id] : regional_alloc_zero(qstate->region, sizeof(*question));
	if (!question)
		return 1;
	question->domains = domains;
	question->step = STOP_OUTSIDE;
	question->is_kept_apart = true;
	qstate->minfo[id] = question;
	return 1;
}

void splitdns_same_name_question_return(struct module_qstate *qstate, int id)
{
	const struct question *question = qstate->minfo[id];

	if (!question || !question->is_kept_apart ||
	    splitdns_same_name_question_is_apart(question->domains, &qstate->qinfo))
		return;
	qstate->no_cache_store = 0;
	if (qstate->return_rcode == LDNS_RCODE_NOERROR && qstate->return_msg && qstate->return_msg->rep)
		splitdns_question_store(qstate, qstate->return_msg->rep);
}

int splitdns_same_name_register(struct module_env *env, int id, const struct split_domains *domains)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];
	inplace_cb_query_func_type *function = query_keep_apart;
	void *pointer;

	memcpy(&pointer, &function, sizeof(pointer)); /* ISO C converts no function to void *, which Unbound asks for */
	for (size_t i = 0; i < domains->count; i++)
		if (domains->list[i].same)
			return dynlib->inplace_cb_register_wrapped(pointer, inplace_cb_query,
								   (void *)(uintptr_t)domains, env, id) ?
				       0 :
				       -1;
	return 0;
}

void splitdns_same_name_unregister(struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];

	dynlib->inplace_cb_delete_wrapped(env, inplace_cb_query, id);
}
