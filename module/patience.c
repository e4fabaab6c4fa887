/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client does not wait for a silent upstream.
 *
 * Unbound asks a silent upstream for some 20 seconds, and then drops the late answer over UDP, because the answer is older than
 * discard-timeout (1.9 seconds). Unbound has a timer for each question that clients wait for: after serve-expired-client-timeout
 * (1.8 seconds) mesh_serve_expired_callback() sends what the message cache had before, though that has expired, while the look-up goes
 * on. Each such question has a timer of ours beside that one. When clients have waited as long, and the cache holds nothing that Unbound
 * sends, ours stores an answer that has expired already, has Unbound send that, and takes it out again:
 *
 *   the name of an address    NXDOMAIN: programs such as ping wait for a name that they can do without.
 *   any other                 SERVFAIL. Unbound passes over a failure (from 1.18 on), so NODATA is stored, and Unbound calls back before it
 *                             sends its copy (module/extended_error.c): then that becomes SERVFAIL. The reason in the NODATA marks it, for
 *                             while it lies in the cache, Unbound's timer of another thread may find it and send it as well.
 *
 * Nothing stays in the cache: from 1.26 on the validator would take an expired answer there for a better one than "bogus". Clients that ask
 * later join the question; so the timer goes on until the look-up ends.
 *
 * Left out on purpose: with "serve-expired: no", or with a client timeout of 0, Unbound has no such timer, and neither has the
 * module, nor where there is no libevent (module/timer.h).
 */
#include "module/compat.h"

#include "module/patience.h"

#include "module/answer.h"
#include "module/question.h"
#include "module/store.h"
#include "module/timer.h"

#include "services/cache/dns.h"
#include "services/mesh.h"
#include "util/config_file.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/netevent.h"
#include "util/regional.h"
#include "util/ub_event.h"

/* The TTL of an answer that has expired when it is stored. */
#define EXPIRED_TTL (-1)

/* How much later, in seconds, an expired answer must still be one that Unbound serves. */
#define PATIENCE_SECONDS 2

/* How often the timer looks for clients that have joined, in milliseconds. */
#define STEP_MS 50

struct patience {
	struct module_qstate *qstate;
	struct question *question;
	struct ub_event *timer;
	struct reply_info *reply; /* NULL: not needed yet */
};

/* NXDOMAIN of silence is that of an address. SERVFAIL: another client has had the same copy. */
bool patience_reply_is_silence(const struct reply_info *reply)
{
	unsigned rcode = FLAGS_GET_RCODE(reply->flags);

	return (rcode == LDNS_RCODE_NOERROR || rcode == LDNS_RCODE_SERVFAIL) &&
	       splitdns_answer_reason(reply) == REASON_SILENT;
}

void patience_reply_fail(struct reply_info *reply)
{
	FLAGS_SET_RCODE(reply->flags, LDNS_RCODE_SERVFAIL);
	reply->an_numrrsets = reply->ns_numrrsets = reply->ar_numrrsets = 0;
}

/* Is it an answer that Unbound sends? The name of an address has to be a name. */
static bool reply_is_better(const struct reply_info *reply, const struct question *question, time_t now)
{
	unsigned rcode = FLAGS_GET_RCODE(reply->flags);

	if (reply->security <= sec_status_bogus || patience_reply_is_silence(reply) ||
	    (SERVE_EXPIRED_TTL && reply->serve_expired_ttl <= now + PATIENCE_SECONDS))
		return false;
	if (question->step != STOP_OUTSIDE && !question->domain)
		return reply->an_numrrsets > 0;
	return rcode == LDNS_RCODE_NOERROR || rcode == LDNS_RCODE_NXDOMAIN;
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

/* Has a client waited for as long as Unbound lets it? */
static bool client_has_waited(const struct module_qstate *qstate)
{
	const struct timeval *now = qstate->env->now_tv;

	for (const struct mesh_reply *reply = qstate->mesh_info->reply_list; reply; reply = reply->next) {
		int64_t waited = (int64_t)(now->tv_sec - reply->start_time.tv_sec) * 1000 +
				 (now->tv_usec - reply->start_time.tv_usec) / 1000;

		if (waited >= qstate->env->cfg->serve_expired_client_timeout)
			return true;
	}
	return false;
}

/* What stands for silence. The SOA of NODATA is shown to nobody. */
static struct reply_info *reply_make(const struct module_qstate *qstate, const struct question *question)
{
	static const struct wire_name root = {.length = 1};
	bool is_address = question->step != STOP_OUTSIDE && !question->domain;

	return splitdns_answer_negative(qstate->region, &qstate->qinfo, question->zone ? question->zone : &root,
					is_address ? LDNS_RCODE_NXDOMAIN : LDNS_RCODE_NOERROR, EXPIRED_TTL,
					is_address ? REASON_NONE : REASON_SILENT);
}

/* Unbound tells all who wait. */
static void silence_answer(struct patience *patience)
{
	struct module_qstate *qstate = patience->qstate;
	const struct query_info *asked = &qstate->qinfo;

	if (!patience->reply)
		patience->reply = reply_make(qstate, patience->question);
	if (!patience->reply)
		return;
	splitdns_question_store(qstate, patience->reply);
	mesh_serve_expired_callback(qstate->mesh_info);
	msg_cache_remove(qstate->env, asked->qname, asked->qname_len, asked->qtype, asked->qclass, qstate->query_flags);
}

static void timer_fires(int fd, short bits, void *context)
{
	struct patience *patience = context;
	struct module_qstate *qstate = patience->qstate;

	(void)fd, (void)bits;
	ub_comm_base_now(qstate->env->worker_base);
	if (client_has_waited(qstate) && !cache_knows_better(qstate, patience->question))
		silence_answer(patience);
	splitdns_timer_set(patience->timer, STEP_MS);
}

static void timer_start(struct module_qstate *qstate, struct question *question)
{
	question->patience = regional_alloc_zero(qstate->region, sizeof(*question->patience));
	if (!question->patience)
		return;
	question->patience->qstate = qstate;
	question->patience->question = question;
	question->patience->timer = splitdns_timer_new(qstate, timer_fires, question->patience);
	if (question->patience->timer)
		splitdns_timer_set(question->patience->timer, qstate->env->cfg->serve_expired_client_timeout);
}

void patience_begin(struct module_qstate *qstate, struct question *question)
{
	question->known = cache_knows_better(qstate, question);
	if (!question->patience && qstate->serve_expired_data && qstate->serve_expired_data->timer)
		timer_start(qstate, question);
}

void patience_end(struct question *question)
{
	if (question && question->patience)
		splitdns_timer_end(&question->patience->timer);
}
