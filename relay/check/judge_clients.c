/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may ask: the nodes that the policy lets ask port 53, against dns-client. And whether anybody has come. */
#include "relay/check/judge.h"

#include "conf/settings.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge_tailnet.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { DNS_PORT = 53, NAMES_ROOM = 200, NAMED_MAX = 3 };

/* May this address of a peer ask this edge address, by the packet filter? */
static bool may_ask(const struct tailscale_netmap *netmap, const struct conf_prefix *peer, const struct conf_address *edge)
{
	const struct conf_prefix target = conf_prefix_of_host(edge);
	const struct conf_address source = conf_prefix_address(peer);

	for (size_t i = 0; peer->family == edge->family && i < netmap->match_count; i++)
		if (tailscale_match_permits(&netmap->matches[i], &source, &target, IPPROTO_UDP, DNS_PORT))
			return true;
	return false;
}

struct counts {
	size_t asked, refused;
	char names[NAMES_ROOM]; /* of the first that are refused */
};

static void refused_note(struct counts *counts, const struct tailscale_node *peer, const struct conf_prefix *address)
{
	size_t length = strlen(counts->names);
	const struct conf_address host = conf_prefix_address(address);
	char text[INET6_ADDRSTRLEN];

	if (counts->refused++ < NAMED_MAX)
		snprintf(counts->names + length, NAMES_ROOM - length, "%s%.60s (%s)", length > 0 ? ", " : "",
			 peer->name ? peer->name : "", relay_machine_address_print(&host, text));
}

/* Each address of a peer that may ask an edge address of its family; tailscaled asks by the family of the resolver that split DNS names. */
static void peer_count(const struct relay_evidence *evidence, const struct tailscale_node *peer, struct counts *counts)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	const struct conf_settings *settings = evidence->settings;

	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		const struct conf_address *edge = &settings->dns.edge_addresses[i];

		if (!tailscale_node_has(&netmap->self, edge))
			continue;
		for (size_t j = 0; j < peer->addresses.count; j++) {
			if (!may_ask(netmap, &peer->addresses.items[j], edge))
				continue;
			counts->asked++;
			if (!conf_networks_cover(&settings->dns.clients, &peer->addresses.items[j]))
				refused_note(counts, peer, &peer->addresses.items[j]);
			return; /* of the first edge address: the one that is written into split DNS */
		}
	}
}

static void refused_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	struct counts counts = {.asked = 0};
	bool all;

	for (size_t i = 0; i < netmap->peer_count; i++)
		peer_count(evidence, &netmap->peers[i], &counts);
	all = counts.refused == counts.asked;
	if (counts.refused == 0) {
		relay_findings_see(findings, PLACE_CLIENTS, "dns-client includes the %zu nodes that the policy allows",
				   counts.asked);
		return;
	}
	relay_findings_add(findings, all ? FINDING_CLIENT_REFUSED : FINDING_CLIENTS_RESTRICTED, PLACE_CLIENTS,
			   "%s %zu of %zu nodes that may query: dns-client refuses %s%s", all ? "all" : "some,",
			   counts.refused, counts.asked, counts.names, counts.refused > NAMED_MAX ? " and more" : "");
	relay_findings_advise(
		findings,
		"write \"dns-client 100.64.0.0/10\" and \"dns-client fd7a:115c:a1e0::/48\" in relay.conf, then: nat64-relay reload");
}

void relay_judge_clients(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	const struct relay_traffic_evidence *traffic = &evidence->traffic;

	if (!tailnet->used)
		return;
	if (tailnet->has_netmap && evidence->settings->dns.edge_address_count > 0)
		refused_judge(evidence, findings);
	if (traffic->translator && traffic->client_seen < 0 && traffic->before.twin6 == 0 && !traffic->waited) {
		relay_findings_add(findings, FINDING_CLIENT_UNSEEN, PLACE_CLIENTS,
				   evidence->settings->common.has_twin6 ?
					   "no client has used the relay since it started" :
					   "no client has used the translator since it started");
		relay_findings_advise(findings, "on a client: nat64-relay check --client %s, or: ping %s",
				      evidence->name, evidence->name);
	}
}
