/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An upstream that is a DNS64 itself.
 *
 * It makes up AAAA records for names that have A alone, inside a prefix of its own. dns64 would take them for the name's, and hand clients addresses that
 * lead to another translator, if to any. So the upstream is asked as any host asks its resolver (RFC 7050): for AAAA of ipv4only.arpa, which has none.
 * What comes shows the prefixes, and records inside of them count no more than those in dns64-exclude (RFC 6147 section 5.1.4): they are taken out of each
 * answer as it comes in, and dns64 goes on to A.
 *
 * The first question that is for dns64 asks, and one each day; questions wait for it, so that no answer is made without, but not for long: an upstream that is
 * silent about this name may know all others. The answer is read as it comes in, however late, for
 * dns64 puts addresses of ours in the place of an empty one; with CD set, which dns64 leaves alone, the upstream's dns64 would do nothing either. When the
 * look-up fails or takes too long, it is tried again with a question of a minute later, and what was known stays.
 *
 * Left out on purpose: an upstream-dns of a zone alone, when that of "." is another one. nat64-relay check asks each of them. Prefixes of relay.conf: an
 * upstream that is a relay beside this one makes what dns64 would make.
 */
#include "module/compat.h"

#include "module/dns64_upstream.h"

#include "conf/rfc7050.h"
#include "conf/settings.h"
#include "module/question.h"
#include "module/timer.h"

#include "services/cache/dns.h"
#include "services/mesh.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/netevent.h"
#include "util/regional.h"
#include "util/ub_event.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIXES = 8, RECORDS = 32, AGAIN = 86400, FAILED_AGAIN = 60, WAIT_MS = 1000 }; /* AGAIN in seconds */

static const uint8_t name[] = "\010ipv4only\004arpa";

struct dns64_upstream {
	const struct conf_settings *settings;
	pthread_mutex_t lock; /* of all that follows */
	time_t due;
	struct conf_prefix6 prefixes[PREFIXES];
	size_t count;
};

struct dns64_upstream *splitdns_dns64_upstream_new(const struct conf_settings *settings)
{
	struct dns64_upstream *upstream = calloc(1, sizeof(*upstream));

	if (!upstream)
		return NULL;
	upstream->settings = settings;
	pthread_mutex_init(&upstream->lock, NULL);
	return upstream;
}

void splitdns_dns64_upstream_free(struct dns64_upstream *upstream)
{
	if (!upstream)
		return;
	pthread_mutex_destroy(&upstream->lock);
	free(upstream);
}

struct dns64_wait {
	struct dns64_upstream *upstream;
	struct module_qstate *qstate;
	struct ub_event *timer;
};

void splitdns_dns64_upstream_wait_end(struct question *question)
{
	if (question && question->wait)
		splitdns_timer_end(&question->wait->timer);
}

/* The look-up goes on by itself, and the question without it. */
static void wait_fires(int fd, short bits, void *context)
{
	struct dns64_wait *wait = context;
	struct module_qstate *qstate = wait->qstate;

	(void)fd, (void)bits;
	ub_comm_base_now(qstate->env->worker_base);
	splitdns_dns64_upstream_asked(wait->upstream, *qstate->env->now);
	qstate->env->detach_subs(qstate);
	mesh_run(qstate->env->mesh, qstate->mesh_info, module_event_pass, NULL);
}

/* False: nobody would end the wait. */
static bool wait_begin(struct dns64_upstream *upstream, struct module_qstate *qstate, struct question *question)
{
	struct dns64_wait *wait = regional_alloc_zero(qstate->region, sizeof(*wait));

	if (!wait)
		return false;
	wait->upstream = upstream;
	wait->qstate = qstate;
	wait->timer = splitdns_timer_new(qstate, wait_fires, wait);
	question->wait = wait;
	return wait->timer && splitdns_timer_set(wait->timer, WAIT_MS);
}

bool splitdns_dns64_upstream_ask(struct dns64_upstream *upstream, struct module_qstate *qstate, struct question *question)
{
	struct query_info wanted = {.qname = (uint8_t *)(uintptr_t)name, /* attach_sub copies it */
				    .qname_len = sizeof(name),
				    .qtype = LDNS_RR_TYPE_AAAA,
				    .qclass = LDNS_RR_CLASS_IN};
	struct module_qstate *sub = NULL;
	bool due;

	pthread_mutex_lock(&upstream->lock);
	due = *qstate->env->now >= upstream->due;
	pthread_mutex_unlock(&upstream->lock);
	if (due && wait_begin(upstream, qstate, question) && compat_attach_sub(qstate, &wanted, BIT_RD, 0, &sub))
		return true;
	splitdns_dns64_upstream_wait_end(question);
	return false;
}

bool splitdns_dns64_upstream_question_is_ours(const struct module_qstate *qstate)
{
	return query_dname_compare(qstate->qinfo.qname, (uint8_t *)(uintptr_t)name) == 0;
}

static bool record_read(const struct packed_rrset_data *data, size_t index, struct in6_addr *address)
{
	if (data->rr_len[index] != sizeof(uint16_t) + sizeof(*address))
		return false;
	memcpy(address, data->rr_data[index] + sizeof(uint16_t), sizeof(*address));
	return true;
}

static bool is_aaaa(const struct ub_packed_rrset_key *rrset)
{
	return rrset->rk.type == htons(LDNS_RR_TYPE_AAAA) && rrset->rk.rrset_class == htons(LDNS_RR_CLASS_IN);
}

/* The AAAA records of an answer, at most RECORDS. */
static size_t records_gather(const struct reply_info *reply, struct in6_addr records[RECORDS])
{
	size_t count = 0;

	for (size_t i = 0; i < reply->an_numrrsets; i++) {
		const struct packed_rrset_data *data = reply->rrsets[i]->entry.data;

		for (size_t j = 0; is_aaaa(reply->rrsets[i]) && j < data->count && count < RECORDS; j++)
			if (record_read(data, j, &records[count]))
				count++;
	}
	return count;
}

static bool is_ours(const struct conf_settings *settings, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_contains(&settings->common.prefixes[i].prefix, &prefix->address))
			return true;
	return false;
}

/* Whose prefixes they are. How many. */
static size_t prefixes_find(const struct dns64_upstream *upstream, const struct reply_info *reply,
			    struct conf_prefix6 found[PREFIXES])
{
	struct in6_addr records[RECORDS];
	size_t all = conf_rfc7050_prefixes(records, records_gather(reply, records), found, PREFIXES, NULL), count = 0;

	for (size_t i = 0; i < all && i < PREFIXES; i++)
		if (!is_ours(upstream->settings, &found[i]))
			found[count++] = found[i];
	return count;
}

/* The prefixes that were not known before. */
static void prefixes_log(const struct dns64_upstream *upstream, const struct conf_prefix6 *found, size_t count)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < count; i++) {
		bool known = false;

		for (size_t j = 0; j < upstream->count; j++)
			known |= conf_prefix6_equals(&upstream->prefixes[j], &found[i]);
		if (!known)
			log_warn("splitdns: the upstream of this resolver is a DNS64 itself, with the prefix %s: "
				 "addresses in this prefix do not count, as if relay.conf had a line \"dns64-exclude "
				 "%s\"",
				 conf_prefix6_print(&found[i], text), text);
	}
}

/* The answer to AAAA of ipv4only.arpa. */
static void prefixes_note(struct dns64_upstream *upstream, const struct reply_info *reply, time_t now)
{
	unsigned rcode = FLAGS_GET_RCODE(reply->flags);
	struct conf_prefix6 found[PREFIXES] = {0};
	size_t count;

	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)
		return;
	count = prefixes_find(upstream, reply, found);
	pthread_mutex_lock(&upstream->lock);
	prefixes_log(upstream, found, count);
	memcpy(upstream->prefixes, found, sizeof(found));
	upstream->count = count;
	upstream->due = now + AGAIN;
	pthread_mutex_unlock(&upstream->lock);
}

void splitdns_dns64_upstream_asked(struct dns64_upstream *upstream, time_t now)
{
	pthread_mutex_lock(&upstream->lock);
	if (upstream->due <= now)
		upstream->due = now + FAILED_AGAIN;
	pthread_mutex_unlock(&upstream->lock);
}

static bool is_in(const struct conf_prefix6 *prefixes, size_t count, const struct in6_addr *address)
{
	for (size_t i = 0; i < count; i++)
		if (conf_prefix6_contains(&prefixes[i], address))
			return true;
	return false;
}

/* The records that count move up; signatures stand behind them. How many are left. */
static size_t rrset_thin(struct packed_rrset_data *data, const struct conf_prefix6 *prefixes, size_t count)
{
	size_t all = data->count + data->rrsig_count, kept = 0, records = 0;
	struct in6_addr address;

	for (size_t i = 0; i < all; i++) {
		if (i < data->count && record_read(data, i, &address) && is_in(prefixes, count, &address))
			continue;
		data->rr_len[kept] = data->rr_len[i];
		data->rr_ttl[kept] = data->rr_ttl[i];
		data->rr_data[kept++] = data->rr_data[i];
		records += i < data->count;
	}
	return data->count = records;
}

static void reply_thin(struct reply_info *reply, const struct conf_prefix6 *prefixes, size_t count)
{
	size_t answers = reply->an_numrrsets, kept = 0;

	for (size_t i = 0; i < reply->rrset_count; i++) {
		if (i < answers && is_aaaa(reply->rrsets[i]) &&
		    rrset_thin(reply->rrsets[i]->entry.data, prefixes, count) == 0) {
			reply->an_numrrsets--;
			continue;
		}
		reply->rrsets[kept++] = reply->rrsets[i];
	}
	reply->rrset_count = kept;
}

void splitdns_dns64_upstream_examine(struct dns64_upstream *upstream, const struct module_qstate *qstate,
				     struct dns_msg *response)
{
	struct conf_prefix6 prefixes[PREFIXES];
	size_t count;

	if (!response || !response->rep || qstate->qinfo.qtype != LDNS_RR_TYPE_AAAA)
		return;
	if (splitdns_dns64_upstream_question_is_ours(qstate)) {
		prefixes_note(upstream, response->rep, *qstate->env->now);
		return;
	}
	pthread_mutex_lock(&upstream->lock);
	count = upstream->count;
	memcpy(prefixes, upstream->prefixes, sizeof(prefixes));
	pthread_mutex_unlock(&upstream->lock);
	if (count > 0)
		reply_thin(response->rep, prefixes, count);
}
