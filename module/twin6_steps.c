/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets that have IPv6 addresses alone, with a twin6-prefix: AAAA of the real name, moved into it.
 *
 * The look-up comes after that of A has found nothing that clients can reach (TWIN6 of ANSWER), or before it (aaaa-policy twin6). Either way
 * the name is answered with addresses of one of the two, never of both. One that failed before that of A is no reason to fail: then the
 * answer stands on A alone, for a minute at most, and the next one may be another.
 *
 * Backwards the nibbles before the zone of twin6 are those of the real address, whose name is asked for under ip6.arpa.
 */
#include "module/compat.h"

#include "module/domains.h"
#include "module/question_run.h"

#include "module/answer.h"
#include "module/local_address.h"
#include "module/record.h"
#include "module/reverse.h"

#include "conf/reach.h"

#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <string.h>

/* How long an answer may be kept that stands on a failed look-up, in seconds. */
#define FAILED_TTL 60

enum step splitdns_question_look_up_twin6(struct module_qstate *qstate, int id, struct question *question)
{
	struct wire_name real;

	if (splitdns_wire_name_exchange_suffix(qstate->qinfo.qname, question->offset, &question->domain->real, &real) < 0)
		return STEP_ABSENT;
	question->first = question->lookup;
	question->twin6_is_tried = true;
	return splitdns_question_wait(qstate, id, question, &real, LDNS_RR_TYPE_AAAA, STEP_TWIN6_ANSWER);
}

/* The addresses that clients can reach, moved. How many, or -1 without memory. */
static int addresses_move(struct module_qstate *qstate, const struct question *question, struct in6_addr **moved)
{
	const struct lookup *lookup = &question->lookup;
	struct record *kept = regional_alloc(qstate->region, (lookup->count + 1) * sizeof(*kept));
	struct local_address local = LOCAL_ADDRESS_NEW;
	struct in6_addr address;
	size_t count = 0;

	*moved = regional_alloc(qstate->region, (lookup->count + 1) * sizeof(**moved));
	if (!kept || !*moved)
		return -1;
	for (size_t i = 0; i < lookup->count; i++) {
		memcpy(&address, lookup->records[i].octets, sizeof(address));
		if (!local_address_has6(&local, &address))
			kept[count++] = lookup->records[i];
	}
	splitdns_local_address_close(&local);
	return (int)split_domains_move_to_twin6(question->domains, kept, count, *moved, ANSWER_ADDRESSES_MAX);
}

static struct reply_info *answer_moved(struct module_qstate *qstate, const struct in6_addr *moved, size_t count, time_t ttl)
{
	struct record *records = regional_alloc(qstate->region, count * sizeof(*records));

	if (!records)
		return NULL;
	for (size_t i = 0; i < count; i++)
		records[i] = (struct record){moved[i].s6_addr, sizeof(moved[i])};
	return splitdns_answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_AAAA, records, count, ttl);
}

/* Nothing of the look-up that came first can be answered with: on to A. */
static enum step go_on_to_a(struct question *question, bool failed)
{
	if (failed)
		question->lookup = (struct lookup){.ttl = FAILED_TTL};
	question->first = question->lookup;
	return STEP_LOOK_UP;
}

enum step splitdns_question_answer_twin6(struct module_qstate *qstate, int id, struct question *question)
{
	bool failed = splitdns_question_lookup_has_failed(qstate, &question->lookup);
	struct in6_addr *moved;
	int count;

	(void)id;
	if (failed)
		return question->domain->twin6_first ? go_on_to_a(question, true) : STOP_FAIL;
	count = addresses_move(qstate, question, &moved);
	if (count < 0)
		return STOP_FAIL;
	if (count == 0 && question->domain->twin6_first && question->lookup.rcode == LDNS_RCODE_NOERROR)
		return go_on_to_a(question, false);
	if (count == 0 && question->domain->native_aaaa && question->first.count == 0)
		return STEP_NATIVE_ANSWER;
	if (!question->domain->twin6_first)
		question_join_lookups(question);
	question->lookup.kept[COUNTERS_ADDRESS] += question->lookup.count - (size_t)count;
	if (count > 0) {
		question->reason = REASON_NONE;
		return splitdns_question_reply(qstate, question,
					       answer_moved(qstate, moved, (size_t)count, question->lookup.ttl));
	}
	if (question->lookup.count > 0)
		question->reason = REASON_NOT_RELAYED;
	return splitdns_question_reply_negative(qstate, question, question->lookup.rcode, question->lookup.ttl);
}

static bool address_is_answered(const struct question *question, const struct in6_addr *address)
{
	struct local_address local = LOCAL_ADDRESS_NEW;
	bool is_answered = conf_reach_target6(question->domains->settings, address) == CONF_REACH_YES &&
			   !local_address_has6(&local, address);

	splitdns_local_address_close(&local);
	return is_answered;
}

enum step splitdns_question_look_up_reverse6(struct module_qstate *qstate, int id, struct question *question)
{
	const struct conf_twin6 *twin6 = &question->domains->twin6;
	struct in6_addr asked, address;
	struct wire_name name;

	switch (reverse_read6(&twin6->twin, qstate->qinfo.qname, question->offset, &asked)) {
	case REVERSE_BETWEEN:
		return STEP_EMPTY;
	case REVERSE_ADDRESS:
		if (conf_prefix6_move(&twin6->twin, &twin6->real, &asked, &address) &&
		    address_is_answered(question, &address))
			break;
		return STEP_ABSENT;
	default:
		return STEP_ABSENT;
	}
	reverse_name_make6(&address, &name);
	return splitdns_question_wait(qstate, id, question, &name, LDNS_RR_TYPE_PTR, STEP_REVERSE_ANSWER);
}
