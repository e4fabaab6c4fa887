/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look-up of a real name.
 *
 * It is a query of its own in Unbound's mesh: the iterator follows CNAME and DNAME to the end, sends it to the forwarder, and
 * shares it among all who wait for the same name. What comes back is reduced to addresses, a code and a TTL, so that
 * no name of the real suffix can ever get into an answer.
 *
 * A question that renews an answer before it expires makes its look-up pass the cache too: an A record that is about
 * to expire would otherwise give an AAAA that is about to expire.
 */
#include "module/compat.h"

#include "module/lookup.h"

#include "module/names.h"

#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <arpa/inet.h>
#include <string.h>

int lookup_start(struct module_qstate *question, int id, const struct wire_name *real)
{
	struct module_qstate *sub = NULL;
	struct query_info wanted = {
		.qname = (uint8_t *)(uintptr_t)real->octets, /* attach_sub copies it */
		.qname_len = real->length,
		.qtype = LDNS_RR_TYPE_A,
		.qclass = LDNS_RR_CLASS_IN,
	};

	/* without RD the iterator would answer SERVFAIL for what is not in the cache */
	if (!compat_attach_sub(question, &wanted, question->query_flags | BIT_RD, &sub))
		return -1;
	if (!sub) /* somebody waits for it already */
		return 0;
	sub->curmod = id;
	sub->ext_state[id] = module_state_initial;
	sub->minfo[id] = NULL;
	sub->prefetch_leeway = question->prefetch_leeway;
	if (question->blacklist)
		sock_list_insert(&sub->blacklist, NULL, 0, sub->region);
	return 0;
}

static bool rrset_is_address(const struct ub_packed_rrset_key *rrset)
{
	return rrset->rk.type == htons(LDNS_RR_TYPE_A) && rrset->rk.rrset_class == htons(LDNS_RR_CLASS_IN);
}

static const struct packed_rrset_data *rrset_data(const struct ub_packed_rrset_key *rrset)
{
	return rrset->entry.data;
}

/* Count the addresses, and find the smallest TTL of the whole chain. */
static void answer_measure(const struct reply_info *reply, struct lookup *lookup)
{
	time_t chain = reply->an_numrrsets > 0 ? rrset_data(reply->rrsets[0])->ttl : reply->ttl;

	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct ub_packed_rrset_key *rrset = reply->rrsets[i];

		if (rrset_data(rrset)->ttl < chain)
			chain = rrset_data(rrset)->ttl;
		if (rrset_is_address(rrset))
			lookup->count += rrset_data(rrset)->count;
		if (rrset->rk.flags & PACKED_RRSET_RPZ)
			lookup->private = true;
	}
	if (lookup->count == 0 && reply->ttl < chain) /* the SOA's, of a negative answer (RFC 2308 section 5) */
		chain = reply->ttl;
	lookup->ttl = chain;
}

static void answer_copy_addresses(const struct reply_info *reply, struct lookup *lookup)
{
	lookup->count = 0;
	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = rrset_data(reply->rrsets[i]);

		if (!rrset_is_address(reply->rrsets[i]))
			continue;
		for (size_t j = 0; j < data->count; j++) /* each behind its two octets of length */
			if (data->rr_len[j] == sizeof(uint16_t) + sizeof(struct in_addr))
				memcpy(&lookup->addresses[lookup->count++], data->rr_data[j] + sizeof(uint16_t),
				       sizeof(struct in_addr));
	}
}

int lookup_take(const struct module_qstate *finished, struct module_qstate *question, struct lookup *lookup)
{
	const struct reply_info *reply = finished->return_msg ? finished->return_msg->rep : NULL;
	int rcode = finished->return_rcode;

	memset(lookup, 0, sizeof(*lookup));
	lookup->rcode = LDNS_RCODE_SERVFAIL;
	if (rcode != LDNS_RCODE_NOERROR || !reply)
		return 0;
	rcode = FLAGS_GET_RCODE(reply->flags);
	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)
		return 0;
	lookup->rcode = rcode;
	lookup->bogus = reply->security == sec_status_bogus;
	lookup->private = finished->no_cache_store;
	answer_measure(reply, lookup);
	lookup->addresses = regional_alloc(question->region, (lookup->count + 1) * sizeof(*lookup->addresses));
	if (!lookup->addresses)
		return -1;
	answer_copy_addresses(reply, lookup);
	return 0;
}
