/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replies in Unbound's structures: a reply_info with one rrset, AAAA or SOA.
 *
 * An rrset is laid out as Unbound's cache copies it, in one piece: the header, then the arrays of lengths, of pointers
 * and of TTLs, then the records, each behind its two octets of length. Unbound compresses owner names against the question,
 * so a client that varies the case of its question sees its own spelling.
 *
 * The SOA of a negative answer. Its TTL says how long the answer may be kept, and the cache keeps rrsets apart from
 * messages: two negative answers with one SOA rrset would share the TTL of whichever came first. So the bits of the rrset's
 * flags that Unbound leaves free hold a hash of the name that was asked: each negative answer has an SOA of its own, as
 * PACKED_RRSET_SOA_NEG already keeps it apart from an SOA that was asked for.
 */
#include "module/compat.h"

#include "module/answer.h"

#include "conf/rfc6052.h"
#include "module/domains.h"

#include "util/data/dname.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <arpa/inet.h>
#include <string.h>

#define FLAGS_FREE_BITS 0x0fffff00u

/* SOA fields (RFC 1035 section 3.3.13); there is no secondary server, so refresh, retry and expire tell nobody anything. */
#define SOA_SERIAL 1
#define SOA_REFRESH 3600
#define SOA_RETRY 900
#define SOA_EXPIRE 604800

/* RFC 2606 section 2: nobody can ever have an address there. */
static const uint8_t soa_mailbox[] = "\6nobody\7invalid";

static size_t soa_rdata_length(const struct split_domain *domain)
{
	return domain->split.length + sizeof(soa_mailbox) + 5 * sizeof(uint32_t);
}

/* An rrset of count records of the same length; their octets follow each other from rr_data[0] on, still unset. */
static struct packed_rrset_data *rrset_data_new(struct regional *region, size_t count, size_t rdata_length, time_t ttl)
{
	size_t record = sizeof(uint16_t) + rdata_length;
	struct packed_rrset_data *data = regional_alloc_zero(
		region, sizeof(*data) + count * (sizeof(size_t) + sizeof(uint8_t *) + sizeof(time_t) + record));

	if (!data)
		return NULL;
	data->ttl = ttl;
	data->count = count;
	data->trust = rrset_trust_ans_noAA;
	data->security = sec_status_insecure;
	data->rr_len = (size_t *)(data + 1);
	data->rr_data = (uint8_t **)(data->rr_len + count);
	data->rr_ttl = (time_t *)(data->rr_data + count);
	for (size_t i = 0; i < count; i++) {
		data->rr_len[i] = record;
		data->rr_ttl[i] = ttl;
		data->rr_data[i] = (uint8_t *)(data->rr_ttl + count) + i * record;
		data->rr_data[i][0] = (uint8_t)(rdata_length >> 8);
		data->rr_data[i][1] = (uint8_t)rdata_length;
	}
	return data;
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

static struct ub_packed_rrset_key *soa_new(struct regional *region, const struct split_domain *domain, uint32_t flags,
					   time_t ttl)
{
	struct packed_rrset_data *data = rrset_data_new(region, 1, soa_rdata_length(domain), ttl);
	uint8_t *at;

	if (!data)
		return NULL;
	at = data->rr_data[0] + sizeof(uint16_t);
	at = (uint8_t *)memcpy(at, domain->split.octets, domain->split.length) + domain->split.length;
	at = (uint8_t *)memcpy(at, soa_mailbox, sizeof(soa_mailbox)) + sizeof(soa_mailbox);
	at = put_number(at, SOA_SERIAL);
	at = put_number(at, SOA_REFRESH);
	at = put_number(at, SOA_RETRY);
	at = put_number(at, SOA_EXPIRE);
	put_number(at, ANSWER_NEGATIVE_TTL);
	return rrset_new(region, domain->split.octets, domain->split.length, LDNS_RR_TYPE_SOA, flags, data);
}

struct reply_info *answer_addresses(struct regional *region, const struct query_info *question,
				    const struct split_domain *domain, const struct in_addr *addresses, size_t count,
				    time_t ttl)
{
	struct packed_rrset_data *data = rrset_data_new(region, count, sizeof(struct in6_addr), ttl);
	struct ub_packed_rrset_key *rrset;

	if (!data)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct in6_addr address = conf_rfc6052_embed(&domain->prefix, addresses[i]);

		memcpy(data->rr_data[i] + sizeof(uint16_t), &address, sizeof(address));
	}
	rrset = rrset_new(region, question->qname, question->qname_len, LDNS_RR_TYPE_AAAA, 0, data);
	return rrset ? reply_new(region, LDNS_RCODE_NOERROR, 1, 0, rrset) : NULL;
}

struct reply_info *answer_negative(struct regional *region, const struct query_info *question,
				   const struct split_domain *domain, int rcode, time_t ttl)
{
	uint32_t own = (uint32_t)dname_query_hash(question->qname, question->qtype) & FLAGS_FREE_BITS;
	struct ub_packed_rrset_key *soa;

	if (ttl > ANSWER_NEGATIVE_TTL)
		ttl = ANSWER_NEGATIVE_TTL;
	soa = soa_new(region, domain, PACKED_RRSET_SOA_NEG | own, ttl);
	return soa ? reply_new(region, rcode, 0, 1, soa) : NULL;
}

struct reply_info *answer_soa(struct regional *region, const struct split_domain *domain)
{
	struct ub_packed_rrset_key *soa = soa_new(region, domain, 0, ANSWER_NEGATIVE_TTL);

	return soa ? reply_new(region, LDNS_RCODE_NOERROR, 1, 0, soa) : NULL;
}
