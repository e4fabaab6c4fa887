/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An expired answer of dns64 is not for all clients.
 *
 * Where dns64 is for some clients alone, the view of the others empties an answer that dns64 has made, each time one is sent (unbound/dns64.c). Unbound
 * 1.17 does so with an expired answer as well, which it sends when no upstream answers in time, and then sends the one that is not emptied. So each answer
 * is looked at once more before it goes out, and the records in the prefix are taken out of Unbound's copy. What Unbound sends from its cache without asking
 * the modules has been through the view.
 */
#include "module/compat.h"

#include "module/dns64_clients.h"

#include "conf/gateway.h"
#include "conf/prefix.h"
#include "conf/settings.h"
#include "module/domains.h"

#include "dynlibmod/dynlibmod.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/module.h"
#include "util/netevent.h"

#include <arpa/inet.h>
#include <string.h>

static bool client_is_served(const struct conf_settings *settings, const struct comm_reply *to)
{
	const void *from = &to->client_addr;
	struct conf_address address = {.family = to->client_addr.ss_family};
	struct conf_prefix client;

	if (address.family == AF_INET)
		address.v4 = ((const struct sockaddr_in *)from)->sin_addr;
	else
		address.v6 = ((const struct sockaddr_in6 *)from)->sin6_addr;
	client = conf_prefix_of_host(&address);
	return conf_gateway_synthesizes(settings, &client);
}

static bool rrset_is_synthesized(const struct ub_packed_rrset_key *rrset, const struct conf_prefix6 *prefix)
{
	const struct packed_rrset_data *data = rrset->entry.data;
	struct in6_addr address;

	if (rrset->rk.type != htons(LDNS_RR_TYPE_AAAA) || data->count == 0 ||
	    data->rr_len[0] != sizeof(uint16_t) + sizeof(address))
		return false;
	memcpy(&address, data->rr_data[0] + sizeof(uint16_t), sizeof(address));
	return conf_prefix6_contains(prefix, &address);
}

static void reply_take_out(struct reply_info *reply, const struct conf_prefix6 *prefix)
{
	size_t answers = reply->an_numrrsets, kept = 0;

	for (size_t i = 0; i < reply->rrset_count; i++) {
		if (i < answers && rrset_is_synthesized(reply->rrsets[i], prefix))
			reply->an_numrrsets--;
		else
			reply->rrsets[kept++] = reply->rrsets[i];
	}
	reply->rrset_count = kept;
}

/* An inplace_cb_reply_func_type: Unbound is about to answer. */
static int reply_withhold(struct query_info *asked, struct module_qstate *qstate, struct reply_info *reply, int rcode,
			  struct edns_data *edns, struct edns_option **options, struct comm_reply *to,
			  struct regional *region, struct timeval *begun, int id, void *context)
{
	const struct split_domains *domains = context;

	(void)qstate, (void)rcode, (void)edns, (void)options, (void)region, (void)begun, (void)id;
	if (to && reply && asked && asked->qtype == LDNS_RR_TYPE_AAAA && !client_is_served(domains->settings, to))
		reply_take_out(reply, &domains->dns64);
	return 1;
}

int dns64_clients_register(struct module_env *env, int id, const struct split_domains *domains)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];
	inplace_cb_reply_func_type *function = reply_withhold;
	void *pointer;

	if (domains->settings->dns.dns64.client_count == 0)
		return 0;
	memcpy(&pointer, &function, sizeof(pointer)); /* ISO C converts no function to void *, which Unbound asks for */
	return dynlib->inplace_cb_register_wrapped(pointer, inplace_cb_reply, (void *)(uintptr_t)domains, env, id) ? 0 :
														     -1;
}

void dns64_clients_unregister(struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];

	dynlib->inplace_cb_delete_wrapped(env, inplace_cb_reply, id);
}
