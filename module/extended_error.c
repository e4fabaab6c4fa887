/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extended DNS errors (RFC 8914): a code, and a few fixed words, which hold no name. They go to clients that use EDNS.
 *
 * Unbound's own way ("ede: yes") differs between versions and knows SERVFAIL alone, so it is not used; both can be on. An
 * option reaches a client in four ways, which are the same in every version:
 *
 *   an answer of the modules      it is put into edns_opts_front_out of the question;
 *   SERVFAIL                      Unbound empties that list, and calls back before it sends: the question is still there;
 *   an expired answer             Unbound calls back, and the question is still there; silence becomes SERVFAIL (module/patience.c);
 *   an answer from the cache      Unbound calls back with the reply alone. The reason lies in four of the bits that Unbound
 *                                 leaves free in the flags of the reply's one rrset (module/answer.c).
 *
 * What a failed look-up failed of is read from the iterator's own state, which lives until its last waiter is told.
 *
 * Left out on purpose: 29 (Synthesized) would be true of every address that is answered, and tell nobody anything; 3 (Stale
 * Answer) is Unbound's own, with "ede: yes" and "ede-serve-expired: yes".
 */
#include "module/compat.h"

#include "module/extended_error.h"

#include "module/answer.h"
#include "module/domains.h"
#include "module/patience.h"
#include "module/question.h"

#include "dynlibmod/dynlibmod.h"
#include "iterator/iterator.h"
#include "services/cache/dns.h"
#include "services/mesh.h"
#include "services/modstack.h"
#include "sldns/rrdef.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/net_help.h"

#include <string.h>

#define EDE_OPTION 15
#define WORDS_MAX  64

struct explanation {
	uint16_t code; /* RFC 8914 section 4 */
	const char *words;
};

static const struct explanation explanations[REASONS] = {
	[REASON_NOT_RELAYED] = {15, "the relay forwards to no address of this name"},
	[REASON_OUTSIDE_TWIN] = {0, "the IPv4 twin maps no address of this name"},
	[REASON_TOO_LONG] = {0, "this name is too long to look up"},
	[REASON_TOO_MANY_LABELS] = {0, "names here have fewer parts"},
	[REASON_LOOP] = {0, "this name leads back to the relay"},
	[REASON_ALIAS_LOOP] = {0, "an alias of this name leads back to the relay"},
	[REASON_ALIAS_TOO_LONG] = {0, "an alias (DNAME) makes a name that is too long"},
	[REASON_TOO_MANY_ALIASES] = {0, "more aliases in a row than max-query-restarts (default 11)"},
	[REASON_SILENT] = {22, "no upstream answers"},
	[REASON_REFUSED] = {22, "the upstream refuses"},
	[REASON_BROKEN] = {23, "the upstream fails"},
	[REASON_GARBLED] = {24, "the upstream's answer makes no sense"},
	[REASON_REMEMBERED] = {13, "it failed a moment ago"},
	[REASON_BOGUS] = {6, ""},
	[REASON_OTHER] = {0, "the look-up failed"},
};

const char *splitdns_reason_words(enum reason reason)
{
	return reason > REASON_NONE && reason < REASONS ? explanations[reason].words : "";
}

static enum reason reason_of_code(int rcode)
{
	switch (rcode) {
	case LDNS_RCODE_REFUSED:
		return REASON_REFUSED;
	case LDNS_RCODE_YXDOMAIN: /* of a DNAME (RFC 6672 section 2.2) */
		return REASON_ALIAS_TOO_LONG;
	case LDNS_RCODE_NOERROR:
		return REASON_OTHER;
	default:
		return REASON_BROKEN;
	}
}

/* Is the name asked nowhere, because the module answers it (unbound/forward.c)? */
static bool name_is_ours(const struct split_domains *domains, const struct query_info *asked)
{
	size_t offset;
	const struct split_domain *domain = splitdns_split_domains_find(domains, asked->qname, asked->qname_len, &offset);

	if (domain)
		return !domain->same;
	return splitdns_split_domains_find_reverse(domains, asked->qname, asked->qname_len, &offset) ? true : false;
}

/* How the iterator stands after a failure of its own. qchase is the name at the end of the chain, as far as it has come. */
static enum reason reason_of_iterator(const struct iter_qstate *iterator, const struct iter_env *settings,
				      const struct split_domains *domains)
{
	if (iterator->query_restart_count > settings->max_query_restarts)
		return REASON_TOO_MANY_ALIASES;
	if (name_is_ours(domains, &iterator->qchase))
		return REASON_ALIAS_LOOP;
	if (iterator->scrub_failures || iterator->parse_failures)
		return REASON_GARBLED;
	if (!iterator->response)
		return REASON_SILENT;
	return iterator->response->rep ? reason_of_code((int)FLAGS_GET_RCODE(iterator->response->rep->flags)) :
					 REASON_OTHER;
}

enum reason splitdns_reason_of_failure(const struct module_qstate *finished, const struct split_domains *domains)
{
	int id = modstack_find(&finished->env->mesh->mods, "iterator");

	if (finished->return_rcode == LDNS_RCODE_NOERROR && finished->return_msg &&
	    FLAGS_GET_RCODE(finished->return_msg->rep->flags) != LDNS_RCODE_YXDOMAIN) /* the iterator's own failures are stored */
		return REASON_REMEMBERED;
	if (id < 0 || !finished->minfo[id])
		return REASON_OTHER;
	return reason_of_iterator(finished->minfo[id], finished->env->modinfo[id], domains);
}

static void option_append(struct edns_option **list, enum reason reason, struct regional *region)
{
	uint8_t data[sizeof(uint16_t) + WORDS_MAX];
	const struct explanation *explanation;
	size_t length;

	if (reason <= REASON_NONE || reason >= REASONS)
		return;
	explanation = &explanations[reason];
	length = strnlen(explanation->words, WORDS_MAX);
	data[0] = (uint8_t)(explanation->code >> 8);
	data[1] = (uint8_t)explanation->code;
	memcpy(data + sizeof(uint16_t), explanation->words, length);
	edns_opt_list_append(list, EDE_OPTION, sizeof(uint16_t) + length, data, region);
}

void splitdns_reason_put(struct module_qstate *qstate, enum reason reason)
{
	option_append(&qstate->edns_opts_front_out, reason, qstate->region);
}

/* Why a question that waits, or has failed, gets SERVFAIL, or an expired answer instead. reply: Unbound's copy for this question alone. */
static enum reason reason_of_expired(const struct question *question, struct reply_info *reply, int rcode,
				     struct edns_data *edns)
{
	if (rcode == LDNS_RCODE_SERVFAIL || !reply)
		return question->reason;
	if (!patience_reply_is_silence(reply))
		return splitdns_answer_reason(reply);
	patience_reply_fail(reply);
	edns_opt_list_remove(&edns->opt_list_out, EDE_OPTION); /* "stale" is not true of a failure */
	return question->reason == REASON_NONE ? REASON_SILENT : question->reason;
}

/* Unbound is about to send a reply; one of its cache has no qstate. */
static int reply_explain(struct query_info *asked, struct module_qstate *qstate, struct reply_info *reply, int rcode,
			 struct edns_data *edns, struct edns_option **options, struct comm_reply *to,
			 struct regional *region, struct timeval *begun, int id, void *unused)
{
	const struct question *question = qstate ? qstate->minfo[id] : NULL;

	(void)asked, (void)to, (void)begun, (void)unused;
	if (question &&
	    (question->step == STOP_WAIT || question->step == STOP_FAIL || (reply && patience_reply_is_silence(reply))))
		option_append(options, reason_of_expired(question, reply, rcode, edns), region);
	else if (!qstate && reply && rcode != LDNS_RCODE_SERVFAIL)
		option_append(options, splitdns_answer_reason(reply), region);
	return 1;
}

static const enum inplace_cb_list_type lists[] = {inplace_cb_reply, inplace_cb_reply_cache, inplace_cb_reply_servfail};

int splitdns_reason_register(struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];
	inplace_cb_reply_func_type *function = reply_explain;
	void *pointer;

	memcpy(&pointer, &function, sizeof(pointer)); /* ISO C converts no function to void *, which Unbound asks for */
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!dynlib->inplace_cb_register_wrapped(pointer, lists[i], NULL, env, id)) {
			splitdns_reason_unregister(env, id);
			return -1;
		}
	return 0;
}

void splitdns_reason_unregister(struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		dynlib->inplace_cb_delete_wrapped(env, lists[i], id);
}
