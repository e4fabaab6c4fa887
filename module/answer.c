/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies in Unbound's structures: a reply_info with one rrset.
 *
 * An rrset is laid out as Unbound's cache copies it, in one piece: the header, then the arrays of lengths, of pointers
 * and of TTLs, then the records, each behind its two octets of length. Unbound compresses owner names against the question,
 * so a client that varies the case of its question sees its own spelling.
 *
 * The SOA of a negative answer. Its TTL says how long the answer may be kept, and the cache keeps rrsets apart from
 * messages: two negative answers with one SOA rrset would share the TTL of whichever came first. So the bits of the rrset's
 * flags that Unbound leaves free hold a hash of the name that was asked: each negative answer has an SOA of its own, as
 * PACKED_RRSET_SOA_NEG already keeps it apart from an SOA that was asked for; those that have expired at once share one. Four more of them hold why the answer is empty.
 *
 * The same bits keep every other rrset of ours apart from one that the iterator learns: neither does a record that an upstream
 * slips in take the place of ours, nor is ours ever taken for the address of a name server.
 */
#include "module/compat.h"

#include "module/answer.h"

#include "conf/rfc6052.h"
#include "module/names.h"
#include "module/record.h"

#include "util/data/dname.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <arpa/inet.h>
#include <string.h>

#define FLAGS_HASH         0x00ffff00u /* of the name, in a negative answer */
#define FLAGS_APART        0x00000100u /* one of these is always set: a hash of 0 would make it an SOA of the iterator's */
#define FLAGS_OWN          0x00ffff00u /* in any other rrset */
#define FLAGS_REASON       0x0f000000u /* enum reason */
#define FLAGS_REASON_SHIFT 24
_Static_assert(REASONS - 1 <= FLAGS_REASON >> FLAGS_REASON_SHIFT, "four bits hold a reason");

/* SOA fields (RFC 1035 section 3.3.13); there is no secondary server, so refresh, retry and expire tell nobody anything. */
#define SOA_SERIAL  1
#define SOA_REFRESH 3600
#define SOA_RETRY   900
#define SOA_EXPIRE  604800

/* RFC 2606 section 2: nobody can ever have an address there. */
static const uint8_t soa_mailbox[] = "\6nobody\7invalid";

/* An rrset of count records with so many octets in all; each is still to be placed, in their order. */
static struct packed_rrset_data *rrset_data_new(struct regional *region, size_t count, size_t octets, time_t ttl)
{
	struct packed_rrset_data *data = regional_alloc_zero(
		region, sizeof(*data) + count * (sizeof(size_t) + sizeof(uint8_t *) + sizeof(time_t) + sizeof(uint16_t)) +
				octets);

	if (!data)
		return NULL;
	data->ttl = ttl;
	data->count = count;
	data->trust = rrset_trust_ans_noAA;
	data->security = sec_status_insecure;
	data->rr_len = (size_t *)(data + 1);
	data->rr_data = (uint8_t **)(data->rr_len + count);
	data->rr_ttl = (time_t *)(data->rr_data + count);
	return data;
}

/* Where the octets of the record go, behind those of the record before it. */
static uint8_t *rrset_data_place(struct packed_rrset_data *data, size_t index, size_t length)
{
	uint8_t *at = index == 0 ? (uint8_t *)(data->rr_ttl + data->count) :
				   data->rr_data[index - 1] + data->rr_len[index - 1];

	data->rr_len[index] = sizeof(uint16_t) + length;
	data->rr_ttl[index] = data->ttl;
	data->rr_data[index] = at;
	at[0] = (uint8_t)(length >> 8);
	at[1] = (uint8_t)length;
	return at + sizeof(uint16_t);
}

static struct ub_packed_rrset_key *rrset_new(struct regional *region, const uint8_t *owner, size_t owner_length,
					     uint16_t type, uint32_t flags, struct packed_rrset_data *data)
{
	struct ub_packed_rrset_key *key = regional_alloc_zero(region, sizeof(*key));

	if (!key)
		return NULL;
	key->rk.dname = regional_alloc_init(region, owner, owner_length);
	if (!key->rk.dname)
		return NULL;
	key->rk.dname_len = owner_length;
	key->rk.flags = flags;
	key->rk.type = htons(type);
	key->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	key->entry.key = key;
	key->entry.data = data;
	key->entry.hash = rrset_key_hash(&key->rk);
	return key;
}

static struct reply_info *reply_new(struct regional *region, int rcode, size_t answers, size_t authorities,
				    struct ub_packed_rrset_key *rrset)
{
	const struct packed_rrset_data *data = rrset->entry.data;
	struct reply_info *reply = compat_reply_new(region, (uint16_t)(BIT_QR | BIT_RA | rcode), data->ttl,
						    PREFETCH_TTL_CALC(data->ttl), data->ttl + SERVE_EXPIRED_TTL,
						    answers, authorities, sec_status_insecure);

	if (reply)
		reply->rrsets[0] = rrset;
	return reply;
}

static uint8_t *put_number(uint8_t *at, uint32_t number)
{
	number = htonl(number);
	memcpy(at, &number, sizeof(number));
	return at + sizeof(number);
}

static struct ub_packed_rrset_key *soa_new(struct regional *region, const struct wire_name *zone, uint32_t flags, time_t ttl)
{
	size_t length = zone->length + sizeof(soa_mailbox) + 5 * sizeof(uint32_t);
	struct packed_rrset_data *data = rrset_data_new(region, 1, length, ttl);
	uint8_t *at;

	if (!data)
		return NULL;
	at = rrset_data_place(data, 0, length);
	at = (uint8_t *)memcpy(at, zone->octets, zone->length) + zone->length;
	at = (uint8_t *)memcpy(at, soa_mailbox, sizeof(soa_mailbox)) + sizeof(soa_mailbox);
	at = put_number(at, SOA_SERIAL);
	at = put_number(at, SOA_REFRESH);
	at = put_number(at, SOA_RETRY);
	at = put_number(at, SOA_EXPIRE);
	put_number(at, ANSWER_NEGATIVE_TTL);
	return rrset_new(region, zone->octets, zone->length, LDNS_RR_TYPE_SOA, flags, data);
}

/* The rrset of the question's name as the whole answer. */
static struct reply_info *reply_of_data(struct regional *region, const struct query_info *question, uint16_t type,
					struct packed_rrset_data *data)
{
	struct ub_packed_rrset_key *rrset = rrset_new(region, question->qname, question->qname_len, type, FLAGS_OWN, data);

	return rrset ? reply_new(region, LDNS_RCODE_NOERROR, 1, 0, rrset) : NULL;
}

struct reply_info *splitdns_answer_addresses(struct regional *region, const struct query_info *question,
					     const struct conf_prefix6 *prefix, const struct in_addr *addresses,
					     size_t count, time_t ttl)
{
	struct packed_rrset_data *data = rrset_data_new(region, count, count * sizeof(struct in6_addr), ttl);

	if (!data)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct in6_addr address = conf_rfc6052_embed(prefix, addresses[i]);

		memcpy(rrset_data_place(data, i, sizeof(address)), &address, sizeof(address));
	}
	return reply_of_data(region, question, LDNS_RR_TYPE_AAAA, data);
}

struct reply_info *splitdns_answer_records(struct regional *region, const struct query_info *question, uint16_t type,
					   const struct record *records, size_t count, time_t ttl)
{
	struct packed_rrset_data *data;
	size_t octets = 0;

	for (size_t i = 0; i < count; i++)
		octets += records[i].length;
	data = rrset_data_new(region, count, octets, ttl);
	if (!data)
		return NULL;
	for (size_t i = 0; i < count; i++)
		memcpy(rrset_data_place(data, i, records[i].length), records[i].octets, records[i].length);
	return reply_of_data(region, question, type, data);
}

struct reply_info *splitdns_answer_negative(struct regional *region, const struct query_info *question,
					    const struct wire_name *zone, int rcode, time_t ttl, enum reason reason)
{
	uint32_t hash = ttl > 0 ? (uint32_t)dname_query_hash(question->qname, question->qtype) & FLAGS_HASH : 0;
	struct ub_packed_rrset_key *soa;

	if (ttl > ANSWER_NEGATIVE_TTL)
		ttl = ANSWER_NEGATIVE_TTL;
	soa = soa_new(region, zone, PACKED_RRSET_SOA_NEG | (uint32_t)reason << FLAGS_REASON_SHIFT | FLAGS_APART | hash,
		      ttl);
	return soa ? reply_new(region, rcode, 0, 1, soa) : NULL;
}

enum reason splitdns_answer_reason(const struct reply_info *reply)
{
	uint32_t flags = reply->rrset_count == 1 ? reply->rrsets[0]->rk.flags : 0;

	return flags & PACKED_RRSET_SOA_NEG ? (enum reason)((flags & FLAGS_REASON) >> FLAGS_REASON_SHIFT) : REASON_NONE;
}

struct reply_info *splitdns_answer_soa(struct regional *region, const struct wire_name *zone)
{
	struct ub_packed_rrset_key *soa = soa_new(region, zone, FLAGS_OWN, ANSWER_NEGATIVE_TTL);

	return soa ? reply_new(region, LDNS_RCODE_NOERROR, 1, 0, soa) : NULL;
}
