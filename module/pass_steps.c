/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types that type-policy passes on: the records of the real name, but for those that would show the real suffix. */
#include "module/compat.h"

#include "module/question.h"

#include "module/answer.h"
#include "module/record.h"

#include "util/module.h"

/* Records that hold the real suffix in some spelling stay behind; so do those that would make the message too long. */
static size_t records_filter(const struct question *question, struct record *kept)
{
	const struct lookup *lookup = &question->lookup;
	size_t count = 0, octets = 0;

	for (size_t i = 0; i < lookup->count && count < ANSWER_RECORDS_MAX; i++) {
		const struct record *record = &lookup->records[i];

		if (octets + record->length > ANSWER_OCTETS_MAX ||
		    wire_name_is_in(&question->domain->real, record->octets, record->length))
			continue;
		octets += record->length;
		kept[count++] = *record;
	}
	return count;
}

/* The records of the real name, for a type that has no names in it. */
enum step question_answer_passed(struct module_qstate *qstate, int id, struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	struct record kept[ANSWER_RECORDS_MAX];
	size_t count;

	(void)id;
	if (question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	count = records_filter(question, kept);
	question->lookup.kept[COUNTERS_TEXT] = lookup->count - count;
	if (count == 0)
		return question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
	return question_reply(qstate, question,
			      answer_records(qstate->region, &qstate->qinfo, qstate->qinfo.qtype, kept, count, lookup->ttl));
}
