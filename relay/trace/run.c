/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of things. What check looks at is gathered and judged as check does, and each finding belongs to a hop (hop.c); then the packet is sent, and what
 * the kernel told of it is judged by the same judges. Hop by hop each says what it has to say (hops_dns.c, hops_packet.c), unless a finding says more. The
 * first that fails ends it: the packet is not sent when that is one before the guard.
 */
#include "relay/trace/trace.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/check/judge.h"
#include "relay/check/judge_tailnet.h"
#include "relay/trace/hops.h"

static relay_hop_describer *const describers[RELAY_HOPS] = {
	[RELAY_HOP_MAGIC_DNS] = relay_hop_magic_dns,
	[RELAY_HOP_RESOLVER] = relay_hop_resolver,
	[RELAY_HOP_UPSTREAM] = relay_hop_upstream,
	[RELAY_HOP_ADDRESS] = relay_hop_address,
	[RELAY_HOP_ROUTE] = relay_hop_route,
	[RELAY_HOP_GUARD] = relay_hop_guard,
	[RELAY_HOP_LEASE] = relay_hop_lease,
	[RELAY_HOP_TRANSLATION] = relay_hop_translation,
	[RELAY_HOP_MASQUERADE] = relay_hop_masquerade,
	[RELAY_HOP_TARGET] = relay_hop_target,
	[RELAY_HOP_BACK] = relay_hop_back,
};

static int rank(const struct relay_finding *finding)
{
	static const int ranks[] = {
		[RELAY_FINDING_FAILURE] = 3, [RELAY_FINDING_WARNING] = 2, [RELAY_FINDING_UNKNOWN] = 1, [RELAY_FINDING_NOTE] = 0};

	return 2 * ranks[relay_finding_types[finding->id].kind] + (finding->cause == FINDING_NONE);
}

/* The worst finding of the hop, of several one that follows from no other; NULL. */
static const struct relay_finding *finding_of(const struct relay_findings *findings, enum relay_hop_id id)
{
	const struct relay_finding *worst = NULL;

	for (size_t i = 0; i < findings->count; i++)
		if (relay_hop_of_finding(findings->items[i].id) == id && rank(&findings->items[i]) > 1 &&
		    (!worst || rank(&findings->items[i]) > rank(worst)))
			worst = &findings->items[i];
	return worst;
}

/* The finding in the place of what the hop has said; what it follows from has the cure. */
static void finding_describe(const struct relay_findings *findings, const struct relay_finding *finding,
			     struct relay_hop *hop)
{
	const struct relay_finding *cause = finding->cause != FINDING_NONE ?
						    relay_findings_find(findings, finding->cause) :
						    NULL;

	if (!cause)
		relay_hop_set(hop, finding->mark, "%s", finding->text);
	else
		relay_hop_set(hop, finding->mark, "%.190s; this follows from: %.190s", finding->text, cause->text);
	relay_hop_advise(hop, "%s", cause ? cause->advice : finding->advice);
	hop->finding = finding->id;
}

/* False: the way ends here. */
static bool hop_visit(struct relay_trace *trace, enum relay_hop_id id)
{
	struct relay_hop *hop = &trace->hops[id];
	const struct relay_finding *finding = finding_of(trace->findings, id);

	*hop = (struct relay_hop){.reached = true, .took_us = -1};
	describers[id](trace, hop);
	if (finding && (id < RELAY_HOP_GUARD || hop->mark != RELAY_MARK_FAIL) && !relay_hop_is_past(trace, id))
		finding_describe(trace->findings, finding, hop);
	return hop->mark != RELAY_MARK_FAIL && (id < RELAY_HOP_GUARD || trace->sent);
}

static void judge_before(struct relay_trace *trace)
{
	static relay_judge *const judges[] = {relay_judge_edge,   relay_judge_answer,     relay_judge_split_dns,
					      relay_judge_policy, relay_judge_tailscaled, relay_judge_machine,
					      relay_judge_record};
	const struct relay_evidence *evidence = trace->evidence;

	relay_judge_running(evidence, trace->findings);
	if (!evidence->machine.running)
		return;
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++)
		judges[i](evidence, trace->findings);
	if (evidence->tailnet.used)
		relay_judge_route(evidence, trace->findings);
	relay_findings_settle(trace->findings);
}

/* Does a line of the packet filter let the client send to the target, whatever it sends? */
static bool policy_permits(const struct tailscale_netmap *netmap, const struct conf_address *client,
			   const struct conf_address *target)
{
	const struct conf_prefix from = conf_prefix_of_host(client), to = conf_prefix_of_host(target);

	for (size_t i = 0; i < netmap->match_count; i++)
		if ((netmap->matches[i].by_capability || tailscale_prefixes_cover(&netmap->matches[i].sources, &from)) &&
		    tailscale_prefixes_cover(&netmap->matches[i].targets, &to))
			return true;
	return false;
}

/* tailscaled has let the packet of another client in: that is not seen of one of ours. */
static void judge_client(struct relay_trace *trace)
{
	const struct relay_evidence *evidence = trace->evidence;
	struct conf_address target;

	if (trace->client.own || !evidence->tailnet.has_netmap || !relay_trace_target(trace, &target) ||
	    policy_permits(&evidence->tailnet.netmap, &trace->client.address, &target))
		return;
	relay_findings_add(trace->findings, FINDING_GRANT_PREFIX_MISSING, PLACE_POLICY,
			   "the policy does not let %s send to the prefix",
			   trace->client.name[0] != '\0' ? trace->client.name : "this client");
	relay_judge_advise_grant(evidence, RELAY_GRANT_PREFIX, "", trace->findings);
}

/* The packet as the judge of traffic knows it: as if it were counted. */
static void judge_translated(struct relay_trace *trace)
{
	struct relay_traffic_evidence *traffic = &trace->evidence->traffic;
	const struct nftables_passage *legs = trace->journey.legs;

	traffic->sent = true;
	traffic->after = traffic->before;
	traffic->after.out += legs[NFTABLES_LEG_REQUEST4].walk.begun;
	traffic->after.connections += relay_trace_is_masqueraded(trace);
	traffic->after.back += legs[NFTABLES_LEG_REPLY6].walk.begun;
	traffic->after.twin6 += legs[NFTABLES_LEG_REQUEST6].walk.begun && relay_evidence_is_by_twin6(trace->evidence);
	traffic->took = legs[NFTABLES_LEG_REPLY6].walk.begun ? (int)(legs[NFTABLES_LEG_REPLY6].first_us / 1000) : -1;
	relay_judge_traffic(trace->evidence, trace->findings);
}

static void judge_twin(struct relay_trace *trace)
{
	struct relay_traffic_evidence *traffic = &trace->evidence->traffic;
	const struct nftables_passage *out = relay_trace_passage(trace, RELAY_TRACE_OUT),
				      *last = relay_trace_passage(trace, RELAY_TRACE_LAST);

	traffic->twin_sent = true;
	traffic->twin_after = traffic->twin_before;
	traffic->twin_after.twin += !conf_address_equals(&out->moved_to, &out->destination);
	traffic->twin_took = last->walk.begun ? (int)(last->first_us / 1000) : -1;
	relay_judge_twin(trace->evidence, trace->findings);
}

static void judge_packet(struct relay_trace *trace)
{
	if (!trace->sent)
		return;
	(trace->by_twin ? judge_twin : judge_translated)(trace);
	relay_findings_settle(trace->findings);
}

static void gather(struct relay_trace *trace)
{
	struct relay_evidence *evidence = trace->evidence;

	evidence->suffix_is_open = true; /* what an answer shows is check's business */
	evidence->upstream_wanted = true;
	relay_evidence_machine(evidence);
	if (!evidence->machine.running)
		return;
	relay_evidence_dns(evidence);
	relay_evidence_tailnet(evidence);
	relay_evidence_translator(evidence);
}

int relay_trace_run(struct relay_trace *trace, const char *from, struct conf_report *report)
{
	bool goes_on = true;

	gather(trace);
	if (trace->evidence->machine.running && relay_trace_client_find(trace, from, report) != 0)
		return -1;
	judge_before(trace);
	judge_client(trace);
	for (size_t i = 0; i < RELAY_HOPS && goes_on; i++) {
		if (i == RELAY_HOP_GUARD) {
			const struct relay_finding *closed = finding_of(trace->findings, RELAY_HOP_GUARD);

			if (!closed || closed->mark != RELAY_MARK_FAIL)
				relay_trace_packet_send(trace);
			judge_packet(trace);
		}
		goes_on = hop_visit(trace, (enum relay_hop_id)i);
	}
	return 0;
}
