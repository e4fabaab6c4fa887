/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions of check: each edge address over UDP and TCP, the name and the real name at the first that answers, and a row of questions whose answers
 * may not show the real suffix. All go out from this node's own address, which lies in the clients' range when the edge address does.
 */
#include "relay/check/evidence.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/upstream.h"
#include "conf/value.h"
#include "kernel/address.h"
#include "relay/check/host_name.h"
#include "relay/host/clock.h"
#include "relay/ask/resolver.h"
#include "relay/ask/server.h"

#include <stdio.h>
#include <string.h>

enum { ALIVE_MS = 1000, SLOWER_BY = 20, PATIENCE_MS = 8000, ASK_MS = 3000 };

void relay_evidence_begin(struct relay_evidence *evidence, const struct conf_settings *settings,
			  const struct relay_host_name *host)
{
	*evidence = (struct relay_evidence){.settings = settings,
					    .file = settings->file,
					    .name = host->split,
					    .real = host->real,
					    .real_suffix = host->domain->real};
	evidence->suffix_is_open = conf_domain_is_within(host->domain->split, host->domain->real);
}

/* Ask over one transport, and tell how long it took. */
static bool transport_ask(enum relay_transport transport, const struct conf_address *address, uint64_t timeout_ms,
			  uint64_t *took_ms)
{
	uint64_t began = relay_clock_ms();
	bool answers = relay_resolver_answers(transport, address, (unsigned)timeout_ms);

	*took_ms = relay_clock_ms() - began;
	return answers;
}

/*
 * A resolver that has just started, or a machine with much to do, lets one question wait; a rule that drops a datagram drops each. So the transport that
 * was silent while the other one answered is asked again, with as much time as such a machine needs: many times what the other one took.
 */
static void edge_ask(struct relay_edge_evidence *edge)
{
	uint64_t udp_ms, tcp_ms, patience;

	edge->udp = transport_ask(RELAY_TRANSPORT_UDP, edge->address, ALIVE_MS, &udp_ms);
	edge->tcp = transport_ask(RELAY_TRANSPORT_TCP, edge->address, ALIVE_MS, &tcp_ms);
	if (edge->udp == edge->tcp)
		return;
	patience = SLOWER_BY * (edge->udp ? udp_ms : tcp_ms);
	patience = patience < ALIVE_MS ? ALIVE_MS : patience > PATIENCE_MS ? PATIENCE_MS : patience;
	if (edge->udp)
		edge->tcp = transport_ask(RELAY_TRANSPORT_TCP, edge->address, patience, &tcp_ms);
	else
		edge->udp = transport_ask(RELAY_TRANSPORT_UDP, edge->address, patience, &udp_ms);
}

static void edges_probe(struct relay_evidence *evidence)
{
	const struct conf_settings *settings = evidence->settings;
	char device[IF_NAMESIZE];

	for (size_t i = 0; i < settings->dns.edge_address_count && i < EVIDENCE_EDGES; i++) {
		struct relay_edge_evidence *edge = &evidence->dns.edges[i];

		edge->address = &settings->dns.edge_addresses[i];
		edge->here = kernel_address_owner(edge->address, device, CONF_REPORT_DISCARD) != 0;
		if (edge->here)
			edge_ask(edge);
		evidence->dns.edge_count++;
	}
}

/* Take what an answer holds, and give it up. */
static void reply_parse(struct relay_reply *reply, struct relay_answer *answer)
{
	reply->answered = true;
	snprintf(reply->code, sizeof(reply->code), "%s", relay_answer_code(answer));
	reply->aaaa_count = relay_answer_aaaa(answer, NULL, reply->aaaa, EVIDENCE_ADDRESSES);
	reply->a_count = relay_answer_a(answer, NULL, reply->a, EVIDENCE_ADDRESSES);
	relay_answer_extended(answer, reply->extended);
}

/* Over UDP, and where that is silent over TCP. hidden: a suffix the answer may not show; NULL. */
static bool ask(const struct relay_server *server, const char *name, ldns_rr_type type, bool tcp,
		struct relay_reply *reply, const char *hidden)
{
	struct conf_report report = {0};
	struct relay_answer answer;
	uint64_t began = relay_clock_us();
	bool shown = false;

	*reply = (struct relay_reply){.asked = true};
	if (relay_server_ask_by(tcp ? RELAY_TRANSPORT_TCP : RELAY_TRANSPORT_UDP, server, name, type, ASK_MS, &answer,
				&report) == 0) {
		reply_parse(reply, &answer);
		shown = hidden && relay_answer_shows(&answer, hidden);
		relay_answer_clear(&answer);
	} else {
		snprintf(reply->trouble, sizeof(reply->trouble), "%s", report.count > 0 ? report.lines[0] : "no answer");
	}
	reply->took_us = relay_clock_us() - began;
	conf_report_clear(&report);
	return shown;
}

/* The edge address that is asked: the first that answers, by UDP if any does. NULL: none. */
static const struct relay_edge_evidence *edge_choose(const struct relay_dns_evidence *dns)
{
	for (size_t i = 0; i < dns->edge_count; i++)
		if (dns->edges[i].udp)
			return &dns->edges[i];
	for (size_t i = 0; i < dns->edge_count; i++)
		if (dns->edges[i].tcp)
			return &dns->edges[i];
	return NULL;
}

/* A question whose answer may not show the real suffix. False: it did, or was not answered. */
static bool question_is_clean(struct relay_evidence *evidence, const struct relay_server *server, bool tcp,
			      const char *name, ldns_rr_type type, const char *type_text)
{
	/* a name in which the user has written the real suffix comes back with each answer */
	const char *hidden = strcasestr(name, evidence->real_suffix) ? NULL : evidence->real_suffix;
	struct relay_reply reply;

	if (ask(server, name, type, tcp, &reply, hidden))
		snprintf(evidence->dns.leak, sizeof(evidence->dns.leak), "%s %.380s", type_text, name);
	return reply.answered && evidence->dns.leak[0] == '\0';
}

static void leak_probe(struct relay_evidence *evidence, const struct relay_server *server, bool tcp)
{
	static const struct {
		ldns_rr_type type;
		const char *text;
	} types[] = {{LDNS_RR_TYPE_AAAA, "AAAA"}, {LDNS_RR_TYPE_A, "A"},     {LDNS_RR_TYPE_HTTPS, "HTTPS"},
		     {LDNS_RR_TYPE_ANY, "ANY"},   {LDNS_RR_TYPE_TXT, "TXT"}, {LDNS_RR_TYPE_CNAME, "CNAME"}};
	const struct in6_addr *target = relay_evidence_target(evidence);
	const char *domain = strchr(evidence->name, '.');
	char name[400];

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!question_is_clean(evidence, server, tcp, evidence->name, types[i].type, types[i].text))
			return;
	snprintf(name, sizeof(name), "no-such-host%s", domain ? domain : "");
	if (!question_is_clean(evidence, server, tcp, name, LDNS_RR_TYPE_AAAA, "AAAA"))
		return;
	if (target) {
		const struct conf_prefix6 host = {*target, 128};

		if (!question_is_clean(evidence, server, tcp, conf_prefix6_print_reverse(&host, name), LDNS_RR_TYPE_PTR,
				       "PTR"))
			return;
	}
	evidence->dns.leak_seen = true;
}

/* What has the upstream itself for the real name? Those over TLS are not asked. */
static void upstream_probe(struct relay_evidence *evidence)
{
	const struct conf_settings *settings = evidence->settings;
	const struct conf_upstream *found = NULL;
	struct relay_server server;

	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (conf_domain_is_within(evidence->real, settings->dns.upstreams[i].zone) &&
		    (!found || strlen(settings->dns.upstreams[i].zone) > strlen(found->zone)))
			found = &settings->dns.upstreams[i];
	if (!found)
		return;
	conf_upstream_print_dig(found, evidence->dns.upstream, sizeof(evidence->dns.upstream));
	if (!found->tls && relay_server_parse(found->server, &server) == 0)
		ask(&server, evidence->real, LDNS_RR_TYPE_A, false, &evidence->dns.upstream_a, NULL);
}

void relay_evidence_dns(struct relay_evidence *evidence)
{
	struct relay_dns_evidence *dns = &evidence->dns;
	const struct relay_edge_evidence *edge;
	struct relay_server server;

	edges_probe(evidence);
	edge = edge_choose(dns);
	if (edge) {
		bool tcp = !edge->udp;

		relay_server_set(&server, edge->address);
		ask(&server, evidence->name, LDNS_RR_TYPE_AAAA, tcp, &dns->aaaa, NULL);
		ask(&server, evidence->name, LDNS_RR_TYPE_A, tcp, &dns->a, NULL);
		ask(&server, evidence->real, LDNS_RR_TYPE_A, tcp, &dns->real_a, NULL);
		ask(&server, evidence->real, LDNS_RR_TYPE_AAAA, tcp, &dns->real_aaaa, NULL);
		if (!evidence->suffix_is_open && dns->aaaa.answered)
			leak_probe(evidence, &server, tcp);
	}
	if (edge && (dns->aaaa.aaaa_count == 0 || evidence->upstream_wanted))
		upstream_probe(evidence);
}

const struct in6_addr *relay_evidence_target(const struct relay_evidence *evidence)
{
	const struct relay_reply *reply = &evidence->dns.aaaa;

	for (size_t i = 0; i < reply->aaaa_count && i < EVIDENCE_ADDRESSES; i++)
		for (size_t j = 0; j < evidence->settings->common.prefix_count; j++)
			if (conf_prefix6_contains(&evidence->settings->common.prefixes[j].prefix, &reply->aaaa[i]))
				return &reply->aaaa[i];
	return reply->aaaa_count > 0 ? &reply->aaaa[0] : NULL;
}

bool relay_evidence_is_by_twin6(const struct relay_evidence *evidence)
{
	const struct conf_common *common = &evidence->settings->common;
	const struct in6_addr *target = relay_evidence_target(evidence);

	return target && common->has_twin6 && conf_prefix6_contains(&common->twin6.twin, target);
}

bool relay_evidence_real(const struct relay_evidence *evidence, struct conf_address *address)
{
	const struct conf_common *common = &evidence->settings->common;
	const struct relay_reply *four = &evidence->dns.real_a, *six = &evidence->dns.real_aaaa;
	const struct in6_addr *target = relay_evidence_target(evidence);

	*address = (struct conf_address){.family = AF_INET};
	for (size_t i = 0; target && i < common->prefix_count; i++)
		if (conf_rfc6052_extract(&common->prefixes[i].prefix, target, &address->v4))
			return true;
	*address = (struct conf_address){.family = AF_INET6};
	if (target && common->has_twin6 &&
	    conf_prefix6_move(&common->twin6.twin, &common->twin6.real, target, &address->v6))
		return true;
	if (four->a_count > 0) {
		*address = (struct conf_address){.family = AF_INET, .v4 = four->a[0]};
		return true;
	}
	for (size_t i = 0; common->has_twin6 && i < six->aaaa_count && i < EVIDENCE_ADDRESSES; i++)
		if (conf_prefix6_contains(&common->twin6.real, &six->aaaa[i])) {
			*address = (struct conf_address){.family = AF_INET6, .v6 = six->aaaa[i]};
			return true;
		}
	return false;
}
