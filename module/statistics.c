/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting along the life of a question: once where it begins, once for each look-up, once where it ends.
 *
 * A question is counted when it has its outcome, with the time since the module first saw it. Unbound lets all who wait for the
 * same name share one question, so this is work done, not clients answered; how many asked, and how many were answered from
 * the cache, is in Unbound's own statistics. What Unbound drops under overload has no outcome.
 */
#include "module/compat.h"

#include "module/statistics.h"

#include "conf/clock.h"
#include "module/counters.h"
#include "module/question.h"

#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"

/* On the monotonic clock: Unbound's own stands still while it works on what the cache knows already. */
static uint64_t microseconds_now(void)
{
	return (uint64_t)conf_clock_ns(CLOCK_MONOTONIC) / 1000;
}

void splitdns_statistics_begin(const struct module_qstate *qstate, struct question *question)
{
	question->begun = microseconds_now();
	if (qstate->prefetch_leeway > 0)
		splitdns_counters_prefetch(question->counters);
}

void splitdns_statistics_looked_up(const struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	enum counters_result result;

	if (lookup->rcode == LDNS_RCODE_SERVFAIL)
		result = COUNTERS_NO_ANSWER;
	else if (lookup->bogus)
		result = COUNTERS_BOGUS;
	else if (lookup->rcode == LDNS_RCODE_NXDOMAIN)
		result = COUNTERS_NO_NAME;
	else
		result = lookup->count > 0 ? COUNTERS_FOUND : COUNTERS_EMPTY;
	splitdns_counters_lookup_result(question->counters, result);
}

static enum counters_outcome outcome_of(const struct module_qstate *qstate, const struct question *question)
{
	const struct reply_info *reply = question->step == STOP_DONE && qstate->return_msg ? qstate->return_msg->rep : NULL;

	if (!reply)
		return COUNTERS_FAILED;
	if (FLAGS_GET_RCODE(reply->flags) == LDNS_RCODE_NXDOMAIN)
		return COUNTERS_NXDOMAIN;
	return reply->an_numrrsets > 0 ? COUNTERS_DATA : COUNTERS_NODATA;
}

void splitdns_statistics_end(const struct module_qstate *qstate, const struct question *question)
{
	struct counters *counters = question->counters;

	splitdns_counters_question(counters, qstate->qinfo.qtype, question->domain ? question->domain->order : SIZE_MAX,
				   outcome_of(qstate, question), microseconds_now() - question->begun);
	for (enum counters_kept kind = 0; kind < COUNTERS_KEPT; kind++)
		splitdns_counters_keep(counters, kind, question->lookup.kept[kind] + question->first.kept[kind]);
}
