/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of dns64's answers packets reach.
 *
 * dns64 knows nothing of which addresses are the relay's own, and puts them into its prefix as any others. An answer that has such records is
 * made anew of the others, under the name that was asked. The A records that they were made of stay as they are, in the cache and in
 * answers to A: an IPv4 client reaches them without us.
 */
#include "module/compat.h"

#include "module/dns64_reach.h"

#include "module/answer.h"
#include "module/domains.h"
#include "module/extended_error.h"
#include "module/local_address.h"
#include "module/record.h"

#include "conf/rfc6052.h"

#include "services/cache/dns.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"

#include <arpa/inet.h>
#include <string.h>

/* Is the record dns64's, of an address that is not forwarded to? */
static bool record_is_lost(const struct split_domains *domains, struct local_address *local,
			   const struct packed_rrset_data *data, size_t index)
{
	struct in6_addr address;
	struct in_addr target;

	if (data->rr_len[index] != sizeof(uint16_t) + sizeof(address))
		return false;
	memcpy(&address, data->rr_data[index] + sizeof(uint16_t), sizeof(address));
	return conf_prefix6_contains(&domains->dns64, &address) &&
	       conf_rfc6052_extract(&domains->dns64, &address, &target) &&
	       (!splitdns_split_domains_allow(domains, &domains->dns64, target) ||
		splitdns_local_address_has(local, target));
}

/* The records that are reached. How many; *kept is NULL without memory. */
static size_t records_filter(const struct split_domains *domains, const struct packed_rrset_data *data,
			     struct regional *region, struct record **kept)
{
	struct local_address local = LOCAL_ADDRESS_NEW;
	size_t count = 0;

	*kept = regional_alloc(region, (data->count + 1) * sizeof(**kept));
	for (size_t i = 0; *kept && i < data->count && count < ANSWER_ADDRESSES_MAX; i++)
		if (!record_is_lost(domains, &local, data, i))
			(*kept)[count++] = (struct record){data->rr_data[i] + sizeof(uint16_t),
							   data->rr_len[i] - sizeof(uint16_t)};
	splitdns_local_address_close(&local);
	return count;
}

/* The SOA of an empty answer names whom the question was about: nothing else is known here that may be shown. */
static struct reply_info *reply_empty(struct module_qstate *qstate)
{
	struct wire_name name = {.length = qstate->qinfo.qname_len};

	memcpy(name.octets, qstate->qinfo.qname, name.length);
	splitdns_reason_put(qstate, REASON_NOT_RELAYED);
	return splitdns_answer_negative(qstate->region, &qstate->qinfo, &name, LDNS_RCODE_NOERROR, ANSWER_NEGATIVE_TTL,
					REASON_NOT_RELAYED);
}

/* dns64's records have no signatures. */
static const struct packed_rrset_data *synthesized_find(const struct reply_info *reply)
{
	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = reply->rrsets[i]->entry.data;

		if (reply->rrsets[i]->rk.type == htons(LDNS_RR_TYPE_AAAA) && data->rrsig_count == 0)
			return data;
	}
	return NULL;
}

void splitdns_dns64_reply_leave_out(struct module_qstate *qstate, const struct split_domains *domains)
{
	const struct packed_rrset_data *data = synthesized_find(qstate->return_msg->rep);
	struct reply_info *reply;
	struct record *kept;
	size_t count;

	if (!data)
		return;
	count = records_filter(domains, data, qstate->region, &kept);
	if (!kept || count == data->count)
		return;
	reply = count == 0 ?
			reply_empty(qstate) :
			splitdns_answer_records(qstate->region, &qstate->qinfo, LDNS_RR_TYPE_AAAA, kept, count, data->ttl);
	if (reply)
		qstate->return_msg->rep = reply;
}
