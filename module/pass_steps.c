/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types that type-policy passes on: the records of the real name, but for those that would show a real suffix. */
#include "module/compat.h"

#include "module/domains.h"
#include "module/question_run.h"

#include "module/answer.h"
#include "module/record.h"

#include "util/module.h"
#include "util/regional.h"

#include <string.h>

/* The character strings of a TXT record as one, which is how programs read them (RFC 7208 section 3.3). The number of octets. */
static size_t strings_join(const struct record *record, uint8_t *joined)
{
	size_t length = 0;

	for (size_t at = 0; at < record->length; at += 1U + record->octets[at]) {
		size_t count = record->octets[at];

		if (count > record->length - at - 1)
			count = record->length - at - 1;
		memcpy(joined + length, record->octets + at + 1, count);
		length += count;
	}
	return length;
}

/* Does the record hold a real suffix, also one that is cut in two? Without memory to look, it might. */
static bool record_shows_real(const struct module_qstate *qstate, const struct question *question,
			      const struct record *record)
{
	uint8_t *joined;

	if (splitdns_split_domains_show_real(question->domains, record->octets, record->length))
		return true;
	if (qstate->qinfo.qtype != LDNS_RR_TYPE_TXT)
		return false;
	joined = regional_alloc(qstate->region, record->length + 1);
	return !joined || splitdns_split_domains_show_real(question->domains, joined, strings_join(record, joined));
}

/* Records that hold a real suffix in some spelling stay behind; so do those that would make the message too long. */
static size_t records_filter(const struct module_qstate *qstate, const struct question *question, struct record *kept)
{
	const struct lookup *lookup = &question->lookup;
	size_t count = 0, octets = 0;

	for (size_t i = 0; i < lookup->count && count < ANSWER_RECORDS_MAX; i++) {
		const struct record *record = &lookup->records[i];

		if (octets + record->length > ANSWER_OCTETS_MAX || record_shows_real(qstate, question, record))
			continue;
		octets += record->length;
		kept[count++] = *record;
	}
	return count;
}

/* The records of the real name, for a type that has no names in it. */
enum step splitdns_question_answer_passed(struct module_qstate *qstate, int id, struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	struct record kept[ANSWER_RECORDS_MAX];
	size_t count;

	(void)id;
	if (splitdns_question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	count = records_filter(qstate, question, kept);
	question->lookup.kept[COUNTERS_TEXT] = lookup->count - count;
	if (count == 0)
		return splitdns_question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
	return splitdns_question_reply(
		qstate, question,
		splitdns_answer_records(qstate->region, &qstate->qinfo, qstate->qinfo.qtype, kept, count, lookup->ttl));
}
