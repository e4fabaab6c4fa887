/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client does not wait for a silent upstream.
 *
 * Unbound asks a silent upstream for some 20 seconds, and then drops what it would say over UDP, because the answer is older than
 * discard-timeout (1.9 seconds). But it has a clock for each question that clients wait for: after serve-expired-client-timeout
 * (1.8 seconds) it tells them what the cache had before, though that has expired, while the look-up goes on. So the cache
 * gets something to tell before a look-up begins, unless it knows better: an answer that has expired the moment it is stored.
 *
 *   the name of an address    NXDOMAIN: programs such as ping wait for a name that they can do without.
 *   any other                 SERVFAIL. Unbound's clock passes over a failure (from 1.18 on), so what is stored is NODATA, with the reason that it
 *                             is silence; Unbound calls back before it sends its copy of that (module/reason.c), and then it becomes SERVFAIL.
 *
 * Nobody else is told so: Unbound looks at an expired answer when its patience ends and when a look-up has failed, and at no other
 * time; the next answer of an upstream takes its place.
 *
 * Left out on purpose: with "serve-expired: no", or with a client timeout of 0, there is no clock, and Unbound's own ways remain. So they do below a
 * domain that is its own real suffix: its names are validated, Unbound looks them up for itself as well, and from 1.26 on it would take what is stored
 * for the answer to a look-up that has failed, a bogus one among them.
 */
#include "module/compat.h"

#include "module/patience.h"

#include "module/answer.h"
#include "module/question.h"

#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"

/* The TTL of an answer that expires the moment it is stored. */
#define EXPIRED_TTL (-1)

/* How much later, in seconds, an expired answer must still be one that Unbound serves. */
#define PATIENCE_SECONDS 2

/* Is there a clock, and a place in the cache that nobody else looks at? */
static bool patience_ends(const struct module_qstate *qstate, const struct question *question)
{
	if (qstate->no_cache_store || !qstate->serve_expired_data || !qstate->serve_expired_data->timer)
		return false;
	return !question->domain || !question->domain->same;
}

/* NXDOMAIN for that reason is that of an address. */
static bool reply_is_silence(const struct reply_info *reply)
{
	return FLAGS_GET_RCODE(reply->flags) == LDNS_RCODE_NOERROR && reason_of_cached(reply) == REASON_SILENT;
}

bool patience_reply_fail(struct reply_info *reply)
{
	if (FLAGS_GET_RCODE(reply->flags) == LDNS_RCODE_SERVFAIL) /* several clients wait, and this is not the first */
		return true;
	if (!reply_is_silence(reply))
		return false;
	FLAGS_SET_RCODE(reply->flags, LDNS_RCODE_SERVFAIL);
	reply->an_numrrsets = reply->ns_numrrsets = reply->ar_numrrsets = reply->rrset_count = 0;
	return true;
}

/* Is it better than what would take its place? The name of an address has to be a name. */
static bool reply_is_better(const struct reply_info *reply, const struct question *question, time_t now)
{
	unsigned rcode = FLAGS_GET_RCODE(reply->flags);

	if (SERVE_EXPIRED_TTL && reply->serve_expired_ttl <= now + PATIENCE_SECONDS)
		return false;
	if (!question->domain)
		return reply->an_numrrsets > 0;
	return (rcode == LDNS_RCODE_NOERROR || rcode == LDNS_RCODE_NXDOMAIN) && !reply_is_silence(reply);
}

static bool cache_knows_better(const struct module_qstate *qstate, const struct question *question)
{
	const struct query_info *asked = &qstate->qinfo;
	struct msgreply_entry *entry = msg_cache_lookup(qstate->env, asked->qname, asked->qname_len, asked->qtype,
							asked->qclass, qstate->query_flags, 0, 0);
	bool better = false;

	if (entry) {
		better = reply_is_better(entry->entry.data, question, *qstate->env->now);
		lock_rw_unlock(&entry->entry.lock);
	}
	return better;
}

void patience_prepare(struct module_qstate *qstate, struct question *question)
{
	int rcode = question->domain ? LDNS_RCODE_NOERROR : LDNS_RCODE_NXDOMAIN;
	enum reason reason = question->domain ? REASON_SILENT : REASON_NONE;
	struct reply_info *reply;

	question->known = cache_knows_better(qstate, question);
	if (question->known || !patience_ends(qstate, question))
		return;
	reply = answer_negative(qstate->region, &qstate->qinfo, question->zone, rcode, EXPIRED_TTL, reason);
	if (reply)
		question_store(qstate, reply);
}
