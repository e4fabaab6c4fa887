/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the packets tell: an echo request of this node, or what a client sent, through translator, masquerade and back; and by the twin prefix. */
#include "relay/check/judge.h"

#include "conf/settings.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge_tailnet.h"

#include <arpa/inet.h>
#include <string.h>

/* The node that the name's address leads to; NULL: none of the tailnet. */
static const struct tailscale_node *target_of(const struct relay_evidence *evidence)
{
	struct conf_address address;

	if (!evidence->tailnet.has_netmap || !relay_evidence_real(evidence, &address))
		return NULL;
	return tailscale_netmap_node(&evidence->tailnet.netmap, &address);
}

/* Why does the target not answer? What the tailnet knows of it. */
static void target_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	const struct tailscale_node *target = target_of(evidence);

	if (!target || target == &netmap->self)
		return;
	if (!target->online) {
		relay_findings_add(findings, FINDING_TARGET_OFFLINE, PLACE_TRAFFIC, "%s is offline", target->name);
		relay_findings_advise(findings, "on it: tailscale status");
	} else if (relay_judge_may_be_source(netmap, target) && !relay_judge_policy_is_open(netmap)) {
		relay_findings_add(findings, FINDING_GRANT_TARGETS_MISSING, PLACE_TRAFFIC,
				   "this node sees %s because it may reach this node; nothing shows that the policy allows the "
				   "other direction",
				   target->name);
		relay_judge_advise_grant(evidence, RELAY_GRANT_TARGETS, "", findings);
	}
}

static const char *client_name(const struct relay_evidence *evidence)
{
	struct conf_address address = {.family = AF_INET6};
	const struct tailscale_node *node = NULL;

	if (evidence->tailnet.has_netmap && inet_pton(AF_INET6, evidence->traffic.client, &address.v6) == 1)
		node = tailscale_netmap_node(&evidence->tailnet.netmap, &address);
	return node && node->name ? node->name : "a client";
}

/* Nothing came while a client was waited for. */
static void unseen_add(const struct relay_evidence *evidence, const char *to, struct relay_findings *findings)
{
	relay_findings_add(findings, FINDING_CLIENT_UNSEEN, PLACE_TRAFFIC, "no packet of a client reached %s in %u s",
			   to, evidence->wait);
	relay_findings_advise(findings,
			      "on the client: nat64-relay check --client %s; on Linux: tailscale set --accept-routes",
			      evidence->name);
}

/* By the twin6 prefix nothing comes to the translator: the kernel moves it, and counts each connection once, on its way out. */
static void twin6_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_traffic_evidence *traffic = &evidence->traffic;
	unsigned long long moved = traffic->after.twin6 - traffic->before.twin6,
			   connections = traffic->after.connections - traffic->before.connections;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, relay_evidence_target(evidence), text, sizeof(text));
	if (moved == 0 && traffic->waited) {
		unseen_add(evidence, "the relay", findings);
	} else if (moved == 0) {
		relay_findings_add(findings, FINDING_TWIN_NOT_MOVED, PLACE_TRAFFIC,
				   "an echo request to %s was not moved to the target's address", text);
		relay_findings_advise(findings, "%s", relay_judge_put_back(evidence));
	} else if (connections == 0) {
		relay_findings_add(findings, FINDING_PACKET_NOT_MASQUERADED, PLACE_TRAFFIC,
				   "packets to %s were moved to the target's address, but were not masqueraded", text);
		relay_findings_advise(findings, "see the drops in nat64-relay status, and the route: ip route get TARGET");
	} else if (traffic->waited) {
		relay_findings_see(findings, PLACE_TRAFFIC,
				   "connections of clients that were moved to targets through the twin6 prefix: %llu",
				   moved);
	} else if (traffic->took < 0) {
		relay_findings_add(findings, FINDING_ANSWER_MISSING, PLACE_TRAFFIC,
				   "an echo request to %s left for the target, but no reply came back", text);
		relay_findings_advise(findings, "check that the target is up, and lets this node in: ping %s",
				      evidence->real);
		target_judge(evidence, findings);
	} else {
		relay_findings_see(findings, PLACE_TRAFFIC,
				   "through the twin6 prefix, without the translator, it answers an echo request of this node in "
				   "%d ms",
				   traffic->took);
	}
}

static void difference_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_traffic_evidence *traffic = &evidence->traffic;
	unsigned long long out = traffic->after.out - traffic->before.out,
			   back = traffic->after.back - traffic->before.back;
	unsigned long long connections = traffic->after.connections - traffic->before.connections;

	if (relay_evidence_is_by_twin6(evidence)) {
		twin6_judge(evidence, findings);
	} else if (out == 0 && traffic->waited) {
		unseen_add(evidence, "the translator", findings);
	} else if (out == 0) {
		relay_findings_add(findings, FINDING_PACKET_NOT_TRANSLATED, PLACE_TRAFFIC,
				   "an echo request from this node did not reach the translator");
		relay_findings_advise(findings, "see the drops in nat64-relay status");
	} else if (connections == 0) {
		relay_findings_add(findings, FINDING_PACKET_NOT_MASQUERADED, PLACE_TRAFFIC,
				   "%llu packet%s translated, none masqueraded", out, out == 1 ? " was" : "s were");
		relay_findings_advise(findings, "see the drops in nat64-relay status, and the route: ip route get TARGET");
	} else if (back == 0) {
		relay_findings_add(findings, FINDING_ANSWER_MISSING, PLACE_TRAFFIC,
				   "%llu packet%s translated and masqueraded, but no reply came back", out,
				   out == 1 ? " was" : "s were");
		relay_findings_advise(findings, "check that the target is up, and lets this node in: ping %s",
				      evidence->real);
		target_judge(evidence, findings);
	} else if (traffic->waited) {
		relay_findings_see(findings, PLACE_TRAFFIC,
				   "%s (%s) got through: packets out: %llu, back: %llu; connections masqueraded: %llu",
				   client_name(evidence), traffic->client, out, back, connections);
	} else {
		relay_findings_see(findings, PLACE_TRAFFIC,
				   "packets out: %llu, back: %llu; connections masqueraded: %llu; it answers an echo request of this node "
				   "in %d ms",
				   out, back, connections, traffic->took);
	}
}

void relay_judge_traffic(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_traffic_evidence *traffic = &evidence->traffic;

	if (!traffic->may_ask) {
		relay_findings_add(findings, FINDING_TRANSLATOR_UNSEEN, PLACE_TRAFFIC, "only root can ask the translator");
		relay_findings_advise(findings, "sudo nat64-relay check");
	} else if (!traffic->translator) {
		relay_findings_add(findings, FINDING_TRANSLATOR_SILENT, PLACE_TRAFFIC, "%s",
				   *traffic->trouble ? traffic->trouble : "the translator does not answer");
		relay_findings_advise(findings, "%s",
				      evidence->machine.systemd ?
					      "systemctl restart nat64d; the cause: journalctl -u nat64d" :
					      "start the relay: nat64-relay run");
	} else if (!traffic->counters && evidence->machine.has_table) {
		relay_findings_add(findings, FINDING_TRANSLATOR_UNSEEN, PLACE_TRAFFIC, "%s",
				   *traffic->trouble ? traffic->trouble : "the counters cannot be read");
		relay_findings_advise(findings, "run this as root");
	} else if (!traffic->counters) {
		relay_findings_add(findings, FINDING_PACKET_NOT_MASQUERADED, PLACE_TRAFFIC, "there is no masquerade");
	} else if (traffic->waited) {
		difference_judge(evidence, findings);
	} else if (!relay_evidence_target(evidence)) {
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_TRAFFIC, "%s has no address to send to",
				   evidence->name);
	} else if (!traffic->sent) {
		relay_findings_add(findings, FINDING_ECHO_UNSENT, PLACE_TRAFFIC,
				   "cannot send an echo request from here: %s", strerror(traffic->send_errno));
		relay_findings_advise(findings, "if you have a client: nat64-relay check --wait 30 %s", evidence->name);
	} else {
		difference_judge(evidence, findings);
	}
}

void relay_judge_twin(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_traffic_evidence *traffic = &evidence->traffic;
	const struct relay_reply *reply = &evidence->dns.a;
	char text[INET_ADDRSTRLEN];

	if (!evidence->settings->common.has_twin)
		return;
	if (!reply->answered) {
		relay_findings_add(findings, FINDING_NOT_EXAMINED, PLACE_TWIN, "the name was not answered");
		return;
	}
	if (reply->a_count == 0) {
		relay_findings_add(findings, FINDING_TWIN_OUTSIDE, PLACE_TWIN, "%s has no A record (%s)",
				   evidence->name, reply->code);
		relay_findings_advise(findings,
				      "check that the real name has an address that twin-prefix maps: relay.conf(5)");
		return;
	}
	inet_ntop(AF_INET, &reply->a[0], text, sizeof(text));
	if (!conf_prefix4_contains(&evidence->settings->common.twin.twin, reply->a[0])) {
		relay_findings_add(findings, FINDING_TWIN_OUTSIDE, PLACE_TWIN,
				   "%s is %s, which is not in the twin prefix", evidence->name, text);
		relay_findings_advise(findings,
				      "the resolver uses other settings: restart it (systemctl restart nat64-relay)");
	} else if (!traffic->twin_sent) {
		relay_findings_add(findings, FINDING_ECHO_UNSENT, PLACE_TWIN, "no echo request was sent to %s", text);
	} else if (traffic->twin_after.twin == traffic->twin_before.twin) {
		relay_findings_add(findings, FINDING_TWIN_NOT_MOVED, PLACE_TWIN,
				   "an echo request to %s was not moved to the target's address", text);
		relay_findings_advise(findings, "%s", relay_judge_put_back(evidence));
	} else if (traffic->twin_took < 0) {
		relay_findings_add(findings, FINDING_TWIN_ANSWER_MISSING, PLACE_TWIN,
				   "an echo request to %s left for the target, but no reply came back", text);
		relay_findings_advise(findings, "check that the target is up, and lets this node in: ping %s",
				      evidence->real);
	} else {
		relay_findings_see(findings, PLACE_TWIN, "%s answers an echo request of this node in %d ms", text,
				   traffic->twin_took);
	}
}
