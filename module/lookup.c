/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look-up of a real name.
 *
 * It is a query of its own in Unbound's mesh: the iterator follows CNAME and DNAME to the end, sends it to the forwarder, and
 * shares it among all who wait for the same name. What comes back is reduced to the records of the type, a code and a TTL:
 * no owner name of the real suffix can ever get into an answer.
 *
 * A question that renews an answer before it expires makes its look-up pass the cache too: an A record that is about
 * to expire would otherwise give an AAAA that is about to expire.
 *
 * The validator has nothing to do for an A record of a name that no chain of keys leads to, as no real suffix of a tailnet has one, and is a
 * good part of what a look-up costs. Then the look-up says that it is one of the validator's own (is_valrec), which go past it. The iterator
 * marks the answer in the cache as unchecked, and the validator checks the answer when a client asks for the real name. An alias may lead to a
 * name that is signed: then it is looked for again, by way of the validator, and most of the answer is in the cache.
 *
 * A module above the validator that stores answers itself, as dns64 does, would store such an answer with the mark that the validator
 * leaves, and every later question would take the answer for validated. So a look-up goes past the validator only where the modules above the
 * validator store nothing.
 */
#include "module/compat.h"

#include "module/lookup.h"

#include "module/apart.h"
#include "module/extended_error.h"
#include "module/question.h"
#include "module/record.h"

#include "services/cache/dns.h"
#include "services/mesh.h"
#include "services/modstack.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "validator/val_anchor.h"

#include <arpa/inet.h>
#include <string.h>

/* Is there no key that an answer could be validated with? The closest trust anchor says so: one that has no keys, or none at all. */
static bool name_is_unsigned(const struct module_env *env, const struct query_info *wanted)
{
	struct trust_anchor *anchor;
	bool empty;

	if (!env->anchors) /* there is no validator */
		return false;
	anchor = anchors_lookup(env->anchors, wanted->qname, wanted->qname_len, wanted->qclass);
	if (!anchor)
		return true;
	empty = anchor->numDS == 0 && anchor->numDNSKEY == 0;
	lock_basic_unlock(&anchor->lock);
	return empty;
}

static bool row_has(const struct module_env *env, int place, const char *name)
{
	return strcmp(env->mesh->mods.mod[place]->name, name) == 0;
}

/*
 * May a look-up go past the validator, because no module above the validator would store the answer as validated? The validator marks what it has let past as
 * "indeterminate", and Unbound takes every mark but "unchecked" and "bogus" for the end of a validation. The iterator, and a cachedb below the validator, store
 * an answer before the mark is on it. A module above the validator stores afterwards: dns64 does (1.17; 1.26 when it is not told otherwise), so do subnetcache
 * and a cachedb in the wrong place. Of these that are known, respip alone stores nothing. A module that nobody here knows is one that stores.
 */
static bool row_lets_past_validator(const struct module_env *env, int id)
{
	for (int i = 0; i < env->mesh->mods.num; i++) {
		if (row_has(env, i, "validator"))
			return i > id;
		if (i != id && !row_has(env, i, "respip"))
			return false;
	}
	return false;
}

/* A query of its own for the look-up, or one that is under way already: then *sub is NULL. False when Unbound cannot. */
static bool lookup_attach(struct module_qstate *question, int id, const struct query_info *wanted, enum lookup_way way,
			  struct module_qstate **sub)
{
	uint16_t flags = (uint16_t)(question->query_flags |
				    BIT_RD); /* without RD the iterator says SERVFAIL for what is not cached */
	bool past = way == LOOKUP_SHORT && wanted->qtype == LDNS_RR_TYPE_A &&
		    row_lets_past_validator(question->env, id) && name_is_unsigned(question->env, wanted);

	if (way == LOOKUP_APART)
		return (*sub = splitdns_apart_attach(question, id, wanted, flags)) ? true : false;
	if (past)
		flags &= (uint16_t)~BIT_CD; /* with CD it would be one of Unbound's own for a name server's address */
	return compat_attach_sub(question, (struct query_info *)(uintptr_t)wanted, flags, past, sub);
}

int splitdns_lookup_start(struct module_qstate *question, int id, const struct wire_name *real, uint16_t type,
			  enum lookup_way way)
{
	struct module_qstate *sub = NULL;
	struct query_info wanted = {
		.qname = (uint8_t *)(uintptr_t)real->octets, /* attach_sub copies it */
		.qname_len = real->length,
		.qtype = type,
		.qclass = LDNS_RR_CLASS_IN,
	};

	if (!lookup_attach(question, id, &wanted, way, &sub))
		return -1;
	if (!sub) /* somebody waits for it already */
		return 0;
	sub->prefetch_leeway = question->prefetch_leeway;
	if (question->blacklist)
		sock_list_insert(&sub->blacklist, NULL, 0, sub->region);
	return 0;
}

static bool rrset_is_of_type(const struct ub_packed_rrset_key *rrset, uint16_t type)
{
	return rrset->rk.type == htons(type) && rrset->rk.rrset_class == htons(LDNS_RR_CLASS_IN);
}

/* Which counter an rrset beside the records belongs to; COUNTERS_KEPT for these themselves. */
static enum counters_kept rrset_kept(const struct reply_info *reply, size_t index, uint16_t type)
{
	uint16_t own = ntohs(reply->rrsets[index]->rk.type);

	if (index >= reply->an_numrrsets + reply->ns_numrrsets)
		return COUNTERS_ADDITIONAL;
	if (index >= reply->an_numrrsets)
		return own == LDNS_RR_TYPE_SOA ? COUNTERS_SOA : COUNTERS_AUTHORITY;
	if (own == type)
		return COUNTERS_KEPT;
	return own == LDNS_RR_TYPE_DNAME ? COUNTERS_DNAME : COUNTERS_CNAME;
}

static const struct packed_rrset_data *rrset_data(const struct ub_packed_rrset_key *rrset)
{
	return rrset->entry.data;
}

/* Count the records, and find the smallest TTL of the whole chain. */
static void answer_measure(const struct reply_info *reply, uint16_t type, struct lookup *lookup)
{
	time_t chain = reply->an_numrrsets > 0 ? rrset_data(reply->rrsets[0])->ttl : reply->ttl;

	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct ub_packed_rrset_key *rrset = reply->rrsets[i];

		if (rrset_data(rrset)->ttl < chain)
			chain = rrset_data(rrset)->ttl;
		if (rrset_is_of_type(rrset, type))
			lookup->count += rrset_data(rrset)->count;
		if (rrset->rk.flags & PACKED_RRSET_RPZ)
			lookup->private = true;
	}
	if (lookup->count == 0 && reply->ttl < chain) /* the SOA's, of a negative answer (RFC 2308 section 5) */
		chain = reply->ttl;
	lookup->ttl = chain;
}

/* How many octets an address of the type has; 0 for a type that is none of addresses. */
static size_t type_address_length(uint16_t type)
{
	switch (type) {
	case LDNS_RR_TYPE_A:
		return sizeof(struct in_addr);
	case LDNS_RR_TYPE_AAAA:
		return sizeof(struct in6_addr);
	default:
		return 0;
	}
}

/*
 * Copy the data of each record, which stands behind its two octets of length. 0, or -1 when there is no memory. Unbound takes any length for an
 * address (1.26 leaves out such a record): an answer that has addresses, and none of the right length, is no answer.
 */
static int answer_copy_records(const struct reply_info *reply, uint16_t type, struct regional *region, struct lookup *lookup)
{
	size_t address = type_address_length(type);

	lookup->count = 0;
	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = rrset_data(reply->rrsets[i]);

		if (!rrset_is_of_type(reply->rrsets[i], type))
			continue;
		for (size_t j = 0; j < data->count; j++) {
			size_t length = data->rr_len[j] - sizeof(uint16_t);
			uint8_t *octets;

			if (address > 0 && length != address) {
				lookup->kept[COUNTERS_ADDRESS]++;
				continue;
			}
			octets = regional_alloc_init(region, data->rr_data[j] + sizeof(uint16_t), length);
			if (!octets)
				return -1;
			lookup->records[lookup->count++] = (struct record){octets, length};
		}
	}
	if (lookup->count == 0 && lookup->kept[COUNTERS_ADDRESS] > 0) {
		lookup->rcode = LDNS_RCODE_SERVFAIL;
		lookup->reason = REASON_GARBLED;
	}
	return 0;
}

/* Everything but the records stays behind: count it. */
static void answer_count_kept(const struct reply_info *reply, uint16_t type, struct lookup *lookup)
{
	for (size_t i = 0; i < reply->rrset_count; i++) {
		enum counters_kept kind = rrset_kept(reply, i, type);

		if (kind < COUNTERS_KEPT)
			lookup->kept[kind] += rrset_data(reply->rrsets[i])->count;
	}
}

/* Went the answer past the validator, and holds an alias? The name is kept in the region. 0, or -1 when there is no memory. */
static int answer_check_alias(const struct module_qstate *finished, struct regional *region, struct lookup *lookup)
{
	if (!finished->is_valrec || lookup->kept[COUNTERS_CNAME] + lookup->kept[COUNTERS_DNAME] == 0)
		return 0;
	lookup->again = regional_alloc(region, sizeof(*lookup->again));
	if (!lookup->again)
		return -1;
	lookup->again->length = finished->qinfo.qname_len;
	memcpy(lookup->again->octets, finished->qinfo.qname, finished->qinfo.qname_len);
	return 0;
}

int splitdns_lookup_read(const struct module_qstate *finished, struct module_qstate *question,
			 const struct split_domains *domains, bool apart, struct lookup *lookup)
{
	const struct reply_info *reply = finished->return_msg ? finished->return_msg->rep : NULL;
	int rcode = finished->return_rcode;

	memset(lookup, 0, sizeof(*lookup));
	if (rcode == LDNS_RCODE_NOERROR && reply)
		rcode = FLAGS_GET_RCODE(reply->flags);
	else
		rcode = LDNS_RCODE_SERVFAIL;
	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN) {
		lookup->rcode = LDNS_RCODE_SERVFAIL;
		lookup->reason = splitdns_reason_of_failure(finished, domains);
		return 0;
	}
	lookup->rcode = rcode;
	lookup->bogus = reply->security == sec_status_bogus;
	lookup->reason = lookup->bogus ? REASON_BOGUS : REASON_NONE;
	lookup->private = finished->no_cache_store && !apart;
	answer_measure(reply, finished->qinfo.qtype, lookup);
	answer_count_kept(reply, finished->qinfo.qtype, lookup);
	if (answer_check_alias(finished, question->region, lookup) < 0)
		return -1;
	lookup->records = regional_alloc(question->region, (lookup->count + 1) * sizeof(*lookup->records));
	if (!lookup->records)
		return -1;
	return answer_copy_records(reply, finished->qinfo.qtype, question->region, lookup);
}
