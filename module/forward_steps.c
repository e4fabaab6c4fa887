/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions about a name of a split domain.
 *
 * One look-up of A for the real name serves every type: its addresses become the AAAA records; every other type of a
 * name that exists is NODATA, and a name that does not exist is NXDOMAIN. A is empty on purpose, so that clients have
 * one way only; a-policy can give those of the twin (twin.c), the real ones, or deny them. NS, DS, DNSKEY and NSEC are NODATA as well: the split
 * domain is no signed zone and has no cut.
 *
 * With native-aaaa a name without A records is looked up a second time, for AAAA, and answered with what that finds. A type that type-policy passes on is
 * looked up instead of A, and answered with its records, but for those that would show a real suffix.
 */
#include "module/compat.h"

#include "module/answer.h"
#include "module/counters.h"
#include "module/domains.h"
#include "module/local_address.h"
#include "module/question_run.h"
#include "module/record.h"
#include "module/same_name.h"

#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <string.h>

/* The zone itself: it is ours alone, nobody is asked. */
enum step splitdns_question_answer_apex(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	if (qstate->qinfo.qtype == LDNS_RR_TYPE_SOA)
		return splitdns_question_reply(qstate, question, splitdns_answer_soa(qstate->region, question->zone));
	return STEP_EMPTY;
}

/* There is such a name, and it has no records. */
enum step splitdns_question_answer_empty(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	return splitdns_question_reply_negative(qstate, question, LDNS_RCODE_NOERROR, ANSWER_NEGATIVE_TTL);
}

/* There can be no such name: the real one would be too long, it has more labels than name-labels allows, an address is none of ours, or a-policy will have it so. */
enum step splitdns_question_answer_absent(struct module_qstate *qstate, int id, struct question *question)
{
	(void)id;
	return splitdns_question_reply_negative(qstate, question, LDNS_RCODE_NXDOMAIN, ANSWER_NEGATIVE_TTL);
}

/* ANY gets the one rrset there is (RFC 8482 section 4.1). */
static bool type_wants_addresses(uint16_t type)
{
	return type == LDNS_RR_TYPE_AAAA || type == LDNS_RR_TYPE_ANY;
}

enum step splitdns_question_look_up(struct module_qstate *qstate, int id, struct question *question)
{
	uint16_t type = qstate->qinfo.qtype;
	const struct split_domain *found;
	struct wire_name real;
	size_t offset;

	if (type == LDNS_RR_TYPE_A && question->domain->a_policy == CONF_A_NXDOMAIN)
		return STEP_ABSENT;
	if (question->domain->same && splitdns_same_name_question_is_empty(qstate, question->domain))
		return STEP_EMPTY;
	if (question->domain->labels > 0 &&
	    splitdns_wire_name_labels(qstate->qinfo.qname, question->offset) > question->domain->labels) {
		splitdns_counters_too_many_labels(question->counters);
		question->reason = REASON_TOO_MANY_LABELS;
		return STEP_ABSENT;
	}
	if (splitdns_wire_name_exchange_suffix(qstate->qinfo.qname, question->offset, &question->domain->real, &real) < 0) {
		splitdns_counters_too_long(question->counters);
		question->reason = REASON_TOO_LONG;
		return STEP_ABSENT;
	}
	found = splitdns_split_domains_find(question->domains, real.octets, real.length, &offset);
	question->apart = found && found->same;
	if (found && !found->same) {
		question->reason = REASON_LOOP;
		return STEP_ABSENT;
	}
	if (conf_policy_passes(question->domain->passed, type))
		return splitdns_question_wait(qstate, id, question, &real, type, STEP_PASS_ANSWER);
	if (question->domain->twin6_first && !question->twin6_is_tried && type_wants_addresses(type))
		return STEP_TWIN6;
	return splitdns_question_wait(qstate, id, question, &real, LDNS_RR_TYPE_A, STEP_ANSWER);
}

/* Would there be an answer if there were addresses that the relay forwards to? */
static bool type_is_of_addresses(const struct split_domain *domain, uint16_t type)
{
	return type_wants_addresses(type) || (type == LDNS_RR_TYPE_A && domain->a_policy != CONF_A_EMPTY);
}

/* Is A answered with addresses in the twin? */
static bool wants_twin(const struct module_qstate *qstate, const struct question *question)
{
	return qstate->qinfo.qtype == LDNS_RR_TYPE_A && question->domain->a_policy == CONF_A_TWIN;
}

static bool a_is_answered(enum conf_a_policy policy)
{
	return policy == CONF_A_REAL || policy == CONF_A_TWIN;
}

/* The very addresses, as A records: the real ones, or those moved into the twin. */
static struct reply_info *answer_a(struct module_qstate *qstate, const struct in_addr *addresses, size_t count, time_t ttl)
{
	struct record *records = regional_alloc(qstate->region, count * sizeof(*records));

	if (!records)
		return NULL;
	for (size_t i = 0; i < count; i++)
		records[i] = (struct record){(const uint8_t *)&addresses[i], sizeof(addresses[i])};
	return splitdns_answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_A, records, count, ttl);
}

/* The records whose addresses packets can reach in the prefix, or by the twin (NULL), at most as many as a message can hold. */
static size_t records_filter(const struct question *question, const struct conf_prefix6 *prefix, struct record *kept)
{
	const struct lookup *lookup = &question->lookup;
	struct local_address local = LOCAL_ADDRESS_NEW;
	struct in_addr address;
	size_t count = 0;

	for (size_t i = 0; i < lookup->count && count < ANSWER_ADDRESSES_MAX; i++) {
		memcpy(&address, lookup->records[i].octets, sizeof(address));
		if (splitdns_split_domains_allow(question->domains, prefix, address) &&
		    (split_domains_serve(question->domains, address) || !splitdns_local_address_has(&local, address)))
			kept[count++] = lookup->records[i];
	}
	splitdns_local_address_close(&local);
	return count;
}

/* The addresses of the answer: the targets' own, or those of the twin. How many, or -1 without memory. The reason is that of none. */
static int addresses_filter(struct module_qstate *qstate, struct question *question, struct in_addr *addresses)
{
	bool twin = wants_twin(qstate, question);
	struct record *kept = regional_alloc(qstate->region, (question->lookup.count + 1) * sizeof(*kept));
	size_t count, moved;

	if (!kept)
		return -1;
	count = records_filter(question, twin ? NULL : question->prefix, kept);
	if (count == 0 && question->lookup.count > 0 && type_is_of_addresses(question->domain, qstate->qinfo.qtype))
		question->reason = REASON_NOT_RELAYED;
	if (twin) {
		moved = split_domains_move_to_twin(question->domains, kept, count, addresses, ANSWER_ADDRESSES_MAX);
		if (moved == 0 && count > 0)
			question->reason = REASON_OUTSIDE_TWIN;
		return (int)moved;
	}
	for (size_t i = 0; i < count; i++)
		memcpy(&addresses[i], kept[i].octets, sizeof(*addresses));
	return (int)count;
}

enum step splitdns_question_answer(struct module_qstate *qstate, int id, struct question *question)
{
	const struct lookup *lookup = &question->lookup;
	struct in_addr *addresses;
	size_t count;
	int kept;

	(void)id;
	if (question->twin6_is_tried)
		question_join_lookups(question);
	if (splitdns_question_lookup_has_failed(qstate, lookup))
		return STOP_FAIL;
	addresses = regional_alloc(qstate->region, (lookup->count + 1) * sizeof(*addresses));
	kept = addresses ? addresses_filter(qstate, question, addresses) : -1;
	if (kept < 0)
		return STOP_FAIL;
	count = (size_t)kept;
	question->lookup.kept[COUNTERS_ADDRESS] += lookup->count - count;
	if (count > 0 && type_wants_addresses(qstate->qinfo.qtype))
		return splitdns_question_reply(qstate, question,
					       splitdns_answer_addresses(qstate->region, &qstate->qinfo, question->prefix,
									 addresses, count, lookup->ttl));
	if (count > 0 && qstate->qinfo.qtype == LDNS_RR_TYPE_A && a_is_answered(question->domain->a_policy))
		return splitdns_question_reply(qstate, question, answer_a(qstate, addresses, count, lookup->ttl));
	if (count == 0 && lookup->rcode == LDNS_RCODE_NOERROR && type_wants_addresses(qstate->qinfo.qtype) &&
	    question->domains->has_twin6 && !question->twin6_is_tried)
		return STEP_TWIN6;
	if (lookup->count == 0 && lookup->rcode == LDNS_RCODE_NOERROR && type_wants_addresses(qstate->qinfo.qtype) &&
	    question->domain->native_aaaa)
		return STEP_NATIVE;
	return splitdns_question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
}

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
static size_t passable_filter(const struct module_qstate *qstate, const struct question *question, struct record *kept)
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
	count = passable_filter(qstate, question, kept);
	question->lookup.kept[COUNTERS_TEXT] = lookup->count - count;
	if (count == 0)
		return splitdns_question_reply_negative(qstate, question, lookup->rcode, lookup->ttl);
	return splitdns_question_reply(
		qstate, question,
		splitdns_answer_records(qstate->region, &qstate->qinfo, qstate->qinfo.qtype, kept, count, lookup->ttl));
}
