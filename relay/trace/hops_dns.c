/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hops of the name: who is asked, what he answers, and where the address leads. */
#include "relay/trace/hops.h"

#include "conf/settings.h"
#include "kernel/lookup.h"
#include "relay/host/machine.h"
#include "relay/trace/trace.h"

#include "conf/report.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *domain_of(const struct relay_evidence *evidence)
{
	const char *dot = strchr(evidence->name, '.');

	return dot ? dot + 1 : evidence->name;
}

void relay_hop_magic_dns(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct relay_evidence *evidence = trace->evidence;

	if (!evidence->machine.running)
		relay_hop_set(hop, RELAY_MARK_OK, "not asked");
	else if (!evidence->tailnet.used)
		relay_hop_set(hop, RELAY_MARK_OK,
			      "tailscaled is not asked (advertise-prefix none); clients ask this node for %s",
			      domain_of(evidence));
	else
		relay_hop_set(hop, RELAY_MARK_OK, "hands %s %s", domain_of(evidence),
			      trace->findings->seen[PLACE_SPLIT_DNS]);
}

/* "fd64:9929::6440:3", "nothing (NXDOMAIN)", "nothing (SERVFAIL, extended error 22: ...)" */
static const char *reply_print(const struct relay_reply *reply, char *text, size_t size)
{
	const void *first = reply->aaaa_count > 0 ? (const void *)&reply->aaaa[0] :
			    reply->a_count > 0    ? (const void *)&reply->a[0] :
						    NULL;
	size_t count = reply->aaaa_count + reply->a_count;
	char address[INET6_ADDRSTRLEN];

	if (!reply->answered)
		snprintf(text, size, "no answer");
	else if (first)
		snprintf(text, size, "%s%s",
			 inet_ntop(reply->aaaa_count > 0 ? AF_INET6 : AF_INET, first, address, sizeof(address)),
			 count > 1 ? " and more" : "");
	else
		snprintf(text, size, "nothing (%s%s%s)", reply->code, reply->extended[0] ? ", extended error " : "",
			 reply->extended);
	return text;
}

void relay_hop_resolver(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct relay_dns_evidence *dns = &trace->evidence->dns;
	char edge[INET6_ADDRSTRLEN] = "", aaaa[240], a[240];

	for (size_t i = 0; i < dns->edge_count && !*edge; i++)
		if (dns->edges[i].udp || dns->edges[i].tcp)
			relay_machine_address_print(dns->edges[i].address, edge);
	relay_hop_set(hop, RELAY_MARK_OK, "%s port 53, query for %.200s: AAAA %s; A %s", edge, trace->evidence->name,
		      reply_print(&dns->aaaa, aaaa, sizeof(aaaa)), reply_print(&dns->a, a, sizeof(a)));
	if (dns->aaaa.answered)
		hop->took_us = (int64_t)dns->aaaa.took_us;
}

void relay_hop_upstream(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct relay_dns_evidence *dns = &trace->evidence->dns;
	char real[INET6_ADDRSTRLEN] = "", reply[240];
	struct conf_address address;

	if (relay_evidence_real(trace->evidence, &address))
		relay_machine_address_print(&address, real);
	if (dns->upstream_a.asked && !dns->upstream_a.answered) {
		relay_hop_set(hop, RELAY_MARK_WARNING,
			      "%.150s is %s from the resolver's cache; the upstream does not answer: %s",
			      trace->evidence->real, real, dns->upstream_a.trouble);
		relay_hop_advise(hop, "check that it is up: dig %s %s", dns->upstream, trace->evidence->real);
	} else if (dns->upstream_a.asked) {
		relay_hop_set(hop, RELAY_MARK_OK, "dig %s %.200s: A %s", dns->upstream, trace->evidence->real,
			      reply_print(&dns->upstream_a, reply, sizeof(reply)));
		hop->took_us = (int64_t)dns->upstream_a.took_us;
	} else {
		relay_hop_set(hop, RELAY_MARK_OK, "%.200s is %s by way of the resolver", trace->evidence->real, real);
		hop->took_us = (int64_t)dns->real_a.took_us;
	}
}

/* The prefix of the settings that the address is in. Returns text; "" for none. */
static const char *prefix_print(const struct relay_trace *trace, const struct conf_address *target,
				char text[CONF_PREFIX_TEXT])
{
	const struct conf_common *common = &trace->evidence->settings->common;

	*text = '\0';
	if (trace->by_twin)
		conf_prefix4_print(&common->twin.twin, text);
	for (size_t i = 0; i < common->prefix_count && !trace->by_twin; i++)
		if (conf_prefix6_contains(&common->prefixes[i].prefix, &target->v6))
			conf_prefix6_print(&common->prefixes[i].prefix, text);
	if (!trace->by_twin && relay_evidence_is_by_twin6(trace->evidence))
		conf_prefix6_print(&common->twin6.twin, text);
	return text;
}

/* What the address stands for. False: not known. */
static bool real_find(const struct relay_trace *trace, const struct conf_address *target, struct conf_address *real)
{
	const struct conf_common *common = &trace->evidence->settings->common;

	if (!trace->by_twin)
		return relay_evidence_real(trace->evidence, real);
	*real = (struct conf_address){.family = AF_INET};
	return conf_prefix4_move(&common->twin.twin, &common->twin.real, target->v4, &real->v4);
}

void relay_hop_address(struct relay_trace *trace, struct relay_hop *hop)
{
	char text[INET6_ADDRSTRLEN], prefix[CONF_PREFIX_TEXT], real[INET6_ADDRSTRLEN] = "its target", reply[240];
	struct conf_address target, address;

	if (!relay_trace_target(trace, &target) && trace->by_twin) {
		relay_hop_set(hop, RELAY_MARK_FAIL, "A %s: no address in the twin prefix %s",
			      reply_print(&trace->evidence->dns.a, reply, sizeof(reply)),
			      prefix_print(trace, &target, prefix));
		relay_hop_advise(hop, "check that the real name has an address that twin-prefix maps: relay.conf(5)");
		return;
	}
	if (!relay_trace_target(trace, &target)) {
		relay_hop_set(hop, RELAY_MARK_FAIL, "there is no address to send to");
		return;
	}
	if (real_find(trace, &target, &address))
		relay_machine_address_print(&address, real);
	relay_hop_set(hop, RELAY_MARK_OK, "%s stands for %s in %s", relay_machine_address_print(&target, text), real,
		      prefix_print(trace, &target, prefix));
}

void relay_hop_route(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct relay_evidence *evidence = trace->evidence;
	bool moved = trace->by_twin || relay_evidence_is_by_twin6(evidence);
	char prefix[CONF_PREFIX_TEXT], device[IF_NAMESIZE] = "nowhere";
	struct conf_address to = {.family = 0}, real;

	relay_trace_target(trace, &to);
	if (trace->by_twin && real_find(trace, &to, &real)) /* the kernel looks for a route when it has moved it */
		kernel_lookup_device(&real, device, CONF_REPORT_DISCARD);
	else
		kernel_lookup_device(&to, device, CONF_REPORT_DISCARD);
	relay_hop_set(hop, RELAY_MARK_OK, "%s%s leads to %s here%s%s", moved ? "what was sent to " : "",
		      prefix_print(trace, &to, prefix), device, evidence->tailnet.used ? "; " : "",
		      evidence->tailnet.used ? trace->findings->seen[PLACE_REACH] : "");
}
