/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions about the name of an address inside a prefix.
 *
 * A question about the zone of a prefix under ip6.arpa, or of the twin under in-addr.arpa, begins with REVERSE: an address that
 * is translated has the split name of its host, and the look-up is PTR under in-addr.arpa, answered by REVERSE_ANSWER. Programs wait for such a name before
 * they show a packet that has come already (ping does), so nobody may wait long for it: module/patience.c sees to that; and
 * what fails is NXDOMAIN for half a minute.
 */
#include "module/compat.h"

#include "module/domains.h"
#include "module/question_run.h"

#include "module/answer.h"
#include "module/local_address.h"
#include "module/record.h"
#include "module/reverse.h"
#include "module/twin.h"

#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

/* How long an address has no name after the look-up has failed, in seconds. */
#define REVERSE_RETRY_TTL 30

static enum reverse_kind address_read(const struct question *question, const uint8_t *name, struct in_addr *address)
{
	if (question->prefix)
		return splitdns_reverse_read(question->prefix, name, question->offset, address);
	return splitdns_twin_reverse_read(&question->domains->twin, name, question->offset, address);
}

static bool address_is_local(struct in_addr address)
{
	struct local_address local = LOCAL_ADDRESS_NEW;
	bool is_local = splitdns_local_address_has(&local, address);

	splitdns_local_address_close(&local);
	return is_local;
}

enum step splitdns_question_look_up_reverse(struct module_qstate *qstate, int id, struct question *question)
{
	struct in_addr address;
	struct wire_name name;

	switch (address_read(question, qstate->qinfo.qname, &address)) {
	case REVERSE_BETWEEN:
		return STEP_EMPTY;
	case REVERSE_ADDRESS:
		if (splitdns_split_domains_allow(question->domains, question->prefix, address) && !address_is_local(address))
			break;
		return STEP_ABSENT;
	default:
		return STEP_ABSENT;
	}
	splitdns_reverse_name_make(address, &name);
	return splitdns_question_wait(qstate, id, question, &name, LDNS_RR_TYPE_PTR, STEP_REVERSE_ANSWER);
}

/* Put the split name in the place of each real one that has one. How many there are, or -1 without memory. */
static int names_exchange(struct regional *region, const struct question *question, struct record *names)
{
	const struct lookup *lookup = &question->lookup;
	struct wire_name split;
	int count = 0;

	for (size_t i = 0; i < lookup->count && count < ANSWER_RECORDS_MAX; i++) {
		const struct record *real = &lookup->records[i];

		if (dname_valid((uint8_t *)(uintptr_t)real->octets, real->length) != real->length ||
		    !splitdns_reverse_split_name(question->domains, question->prefix, real->octets, real->length, &split) ||
		    splitdns_split_domains_name_shows_real(question->domains, split.octets, split.length))
			continue;
		names[count].length = split.length;
		names[count].octets = regional_alloc_init(region, split.octets, split.length);
		if (!names[count++].octets)
			return -1;
	}
	return count;
}

/* A host without a name that fits has none at all: whatever the type, so that NXDOMAIN is true. */
enum step splitdns_question_answer_reverse(struct module_qstate *qstate, int id, struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	uint16_t type = qstate->qinfo.qtype;
	struct record names[ANSWER_RECORDS_MAX];
	int count;

	(void)id;
	if (splitdns_question_lookup_has_failed(qstate, lookup)) {
		question->reason = lookup->reason;
		return question->known ?
			       STOP_FAIL :
			       splitdns_question_reply_negative(qstate, question, LDNS_RCODE_NXDOMAIN, REVERSE_RETRY_TTL);
	}
	count = names_exchange(qstate->region, question, names);
	if (count < 0)
		return STOP_FAIL;
	question->lookup.kept[COUNTERS_PTR] = lookup->count - (size_t)count;
	if (count == 0)
		return splitdns_question_reply_negative(qstate, question, LDNS_RCODE_NXDOMAIN, lookup->ttl);
	if (type != LDNS_RR_TYPE_PTR && type != LDNS_RR_TYPE_ANY)
		return splitdns_question_reply_negative(qstate, question, LDNS_RCODE_NOERROR, lookup->ttl);
	return splitdns_question_reply(qstate, question,
				       splitdns_answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_PTR, names,
							       (size_t)count, lookup->ttl));
}
