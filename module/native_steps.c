/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that have IPv6 addresses alone, with native-aaaa: a second look-up, for AAAA, answered with what it found. */
#include "module/compat.h"

#include "module/domains.h"
#include "module/question_run.h"

#include "module/answer.h"
#include "module/record.h"

#include "util/module.h"
#include "util/net_help.h"

#include <string.h>

/* The name exists and has no A record at all: does it have AAAA (native-aaaa)? */
enum step splitdns_question_look_up_native(struct module_qstate *qstate, int id, struct question *question)
{
	struct wire_name real;

	if (splitdns_wire_name_exchange_suffix(qstate->qinfo.qname, question->offset, &question->domain->real, &real) < 0)
		return STEP_ABSENT;
	question->first = question->lookup;
	return splitdns_question_wait(qstate, id, question, &real, LDNS_RR_TYPE_AAAA, STEP_NATIVE_ANSWER);
}

/* An address that a packet can be sent to from elsewhere: none of a prefix, and none that is a name in disguise. */
static bool native_is_usable(const struct split_domains *domains, const struct record *record)
{
	struct in6_addr address;

	memcpy(&address, record->octets, sizeof(address));
	if (splitdns_split_domains_own6(domains, &address) ||
	    splitdns_split_domains_show_real(domains, record->octets, record->length))
		return false;
	return !IN6_IS_ADDR_UNSPECIFIED(&address) && !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_LINKLOCAL(&address) &&
	       !IN6_IS_ADDR_MULTICAST(&address) && !IN6_IS_ADDR_V4MAPPED(&address) && !IN6_IS_ADDR_V4COMPAT(&address);
}

enum step splitdns_question_answer_native(struct module_qstate *qstate, int id, struct question *question)
{
	struct lookup *lookup = &question->lookup;
	struct record kept[ANSWER_RECORDS_MAX];
	size_t count = 0;

	(void)id;
	question_join_lookups(question);
	if (splitdns_question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	for (size_t i = 0; i < lookup->count && count < ANSWER_RECORDS_MAX; i++)
		if (native_is_usable(question->domains, &lookup->records[i]))
			kept[count++] = lookup->records[i];
	lookup->kept[COUNTERS_ADDRESS] += lookup->count - count;
	if (count == 0 && lookup->count > 0)
		question->reason = REASON_NOT_RELAYED;
	if (count == 0)
		return splitdns_question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
	return splitdns_question_reply(
		qstate, question,
		splitdns_answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_AAAA, kept, count, lookup->ttl));
}
