/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The query log: who asked what, what was answered, and why.
 *
 *     splitdns: 100.64.0.7 my-vps.9929. AAAA -> fd64:9929::6440:3 (A my-vps.tail1234.ts.net.: 100.64.0.3; 1.2 ms)
 *     splitdns: 100.64.0.8 my-vps.9929. AAAA -> fd64:9929::6440:3 (from the cache)
 *
 * Unbound calls a module before an answer is encoded: there is one call for each client, with its address, also when many wait for
 * the same answer, and also for answers from the cache, which enter no module. Only with query-log are the calls asked for: without
 * it nothing is added to the way of an answer.
 *
 * The line is for the relay's administrator and shows real names; no client ever sees it. Names are printed as Unbound prints them,
 * with '?' for every octet that is no letter, digit, '-', '_' or '*': nothing that a client or an upstream sends can forge a line.
 * There is no limit to how many lines are written. A line that would be too long ends where its room ends.
 */
#include "module/compat.h"

#include "module/query_log.h"

#include "module/answer.h"
#include "module/instance.h"
#include "module/domains.h"
#include "module/question.h"
#include "module/extended_error.h"
#include "module/record.h"

#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "sldns/wire2str.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/netevent.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#define RECORDS_SHOWN 8

/* The line under construction. */
struct line {
	char text[4096];
	size_t length;
};

static void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line_add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->length, sizeof(line->text) - line->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length;
	if (line->length >= sizeof(line->text))
		line->length = sizeof(line->text) - 1;
}

static void type_add(struct line *line, uint16_t type)
{
	char text[16];

	sldns_wire2str_type_buf(type, text, sizeof(text));
	line_add(line, "%s", text);
}

static void name_add(struct line *line, const uint8_t *name)
{
	char text[LDNS_MAX_DOMAINLEN + 1];

	dname_str((uint8_t *)(uintptr_t)name, text);
	line_add(line, "%s", text);
}

/* The data of one record, when it is an address or a sound name; nothing of any other. */
static bool record_add(struct line *line, uint16_t type, const struct record *record)
{
	char text[INET6_ADDRSTRLEN];

	if (type == LDNS_RR_TYPE_A && record->length == sizeof(struct in_addr)) {
		line_add(line, "%s", inet_ntop(AF_INET, record->octets, text, sizeof(text)));
		return true;
	}
	if (type == LDNS_RR_TYPE_AAAA && record->length == sizeof(struct in6_addr)) {
		line_add(line, "%s", inet_ntop(AF_INET6, record->octets, text, sizeof(text)));
		return true;
	}
	if (type == LDNS_RR_TYPE_PTR &&
	    dname_valid((uint8_t *)(uintptr_t)record->octets, record->length) == record->length) {
		name_add(line, record->octets);
		return true;
	}
	return false;
}

/* The first records, parted by commas; of types that are not shown, and of very many, the number. */
static void records_add(struct line *line, uint16_t type, const struct record *records, size_t count)
{
	for (size_t i = 0; i < count && i < RECORDS_SHOWN; i++) {
		if (i > 0)
			line_add(line, ", ");
		if (!record_add(line, type, &records[i])) {
			line_add(line, "%zu of %s", count - i, i > 0 ? "others" : "that type");
			return;
		}
	}
	if (count > RECORDS_SHOWN)
		line_add(line, ", and %zu more", count - RECORDS_SHOWN);
}

static void rrset_add(struct line *line, const struct ub_packed_rrset_key *rrset)
{
	const struct packed_rrset_data *data = rrset->entry.data;
	struct record records[RECORDS_SHOWN];

	for (size_t i = 0; i < data->count && i < RECORDS_SHOWN; i++)
		records[i] = (struct record){data->rr_data[i] + sizeof(uint16_t), data->rr_len[i] - sizeof(uint16_t)};
	records_add(line, ntohs(rrset->rk.type), records, data->count);
}

/* What the client gets. */
static void answer_add(struct line *line, const struct reply_info *reply, int rcode)
{
	if (reply)
		rcode = (int)FLAGS_GET_RCODE(reply->flags);
	if (rcode == LDNS_RCODE_NXDOMAIN)
		line_add(line, "NXDOMAIN");
	else if (rcode != LDNS_RCODE_NOERROR || !reply)
		line_add(line, "SERVFAIL");
	else if (reply->an_numrrsets == 0)
		line_add(line, "no data");
	else
		rrset_add(line, reply->rrsets[0]);
}

/* What the last look-up found. */
static void lookup_add(struct line *line, const struct lookup *lookup, uint16_t type)
{
	if (lookup->rcode == LDNS_RCODE_SERVFAIL)
		line_add(line, "no answer");
	else if (lookup->bogus)
		line_add(line, "bogus");
	else if (lookup->rcode == LDNS_RCODE_NXDOMAIN)
		line_add(line, "NXDOMAIN");
	else if (lookup->count == 0)
		line_add(line, "no data");
	else
		records_add(line, type, lookup->records, lookup->count);
}

/* Why a question had its answer without a look-up. */
static const char *words_without(const struct query_info *asked, const struct question *question)
{
	if (question->reason != REASON_NONE)
		return splitdns_reason_words(question->reason);
	if (question->offset == 0 && !(question->domain && question->domain->same))
		return "the domain itself";
	if (!question->domain)
		return "no address that is translated";
	if (asked->qtype == LDNS_RR_TYPE_A && question->domain->a_policy == CONF_A_NXDOMAIN)
		return "a-policy nxdomain";
	return "without a look-up";
}

static double milliseconds_since(const struct timeval *start)
{
	struct timeval now;
	double passed;

	gettimeofday(&now, NULL);
	passed = (double)(now.tv_sec - start->tv_sec) * 1e3 + (double)(now.tv_usec - start->tv_usec) / 1e3;
	return passed > 0 ? passed : 0;
}

/* Why, of an answer that the module has worked on. */
static void why_add(struct line *line, const struct query_info *asked, const struct question *question, bool failed,
		    const struct timeval *start)
{
	if (question->sought) {
		type_add(line, question->sought_type);
		line_add(line, " ");
		name_add(line, question->sought->octets);
		line_add(line, ": ");
		if (question->step == STOP_WAIT)
			line_add(line, failed ? "no answer yet" : "no answer yet, an expired one is used");
		else
			lookup_add(line, &question->lookup, question->sought_type);
		if (*splitdns_reason_words(question->reason) != '\0')
			line_add(line, "; %s", splitdns_reason_words(question->reason));
	} else {
		line_add(line, "%s", words_without(asked, question));
	}
	if (start)
		line_add(line, "; %.1f ms", milliseconds_since(start));
}

/* Is the name one of ours, whatever module answers? */
static bool is_ours(const struct split_domains *domains, const struct query_info *asked)
{
	return asked->qclass == LDNS_RR_CLASS_IN && splitdns_split_domains_answer(domains, asked->qname, asked->qname_len);
}

static void begin_add(struct line *line, const struct query_info *asked, struct comm_reply *client)
{
	char address[128] = "?";

	if (client && client->client_addrlen > 0)
		addr_to_str(&client->client_addr, client->client_addrlen, address, sizeof(address));
	line_add(line, "%s ", address);
	name_add(line, asked->qname);
	line_add(line, " ");
	type_add(line, asked->qtype);
	line_add(line, " -> ");
}

/* Why, of an answer that no module has seen. */
static void cached_add(struct line *line, const struct reply_info *reply, const struct timeval *start)
{
	const char *words = splitdns_reason_words(splitdns_answer_reason(reply));

	line_add(line, "from the cache%s%s%s", start && reply->ttl < start->tv_sec ? ", expired" : "",
		 *words != '\0' ? "; " : "", words);
}

/* An inplace_cb_reply_func_type: Unbound is about to answer. What it is given is read only. */
static int reply_log(struct query_info *asked, struct module_qstate *qstate, struct reply_info *reply, int rcode,
		     struct edns_data *edns, struct edns_option **options, struct comm_reply *client,
		     struct regional *region, struct timeval *start, int id, void *context)
{
	const struct question *question = qstate ? qstate->minfo[id] : NULL;
	const struct instance *instance = context;
	struct line line = {.length = 0};

	(void)edns;
	(void)options;
	(void)region;
	if (!asked || !asked->qname || !is_ours(instance->domains, asked))
		return 1;
	begin_add(&line, asked, client);
	answer_add(&line, reply, rcode);
	line_add(&line, " (");
	if (question && question->step != STOP_OUTSIDE)
		why_add(&line, asked, question, reply && FLAGS_GET_RCODE(reply->flags) == LDNS_RCODE_SERVFAIL, start);
	else if (qstate)
		line_add(&line, "Unbound's own answer");
	else if (!reply)
		line_add(&line, "Unbound gave up");
	else
		cached_add(&line, reply, start);
	log_info("splitdns: %s)", line.text);
	return 1;
}

/* The three ways of an answer out of Unbound. */
static const enum inplace_cb_list_type ways[] = {inplace_cb_reply, inplace_cb_reply_cache, inplace_cb_reply_servfail};

bool splitdns_query_log_start(struct module_env *env, int id, struct instance *instance)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];
	inplace_cb_reply_func_type *function = reply_log;
	void *pointer;

	memcpy(&pointer, &function, sizeof(pointer)); /* ISO C converts no function to void *, which Unbound asks for */
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!dynlib->inplace_cb_register_wrapped(pointer, ways[i], instance, env, id))
			return false;
	return true;
}

void splitdns_query_log_stop(struct module_env *env, int id)
{
	const struct dynlibmod_env *dynlib = env->modinfo[id];

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		dynlib->inplace_cb_delete_wrapped(env, ways[i], id);
}
