/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tailnet's policy, as far as a node sees it: the packet filter has what may come in, and the control plane shows only those nodes that may be
 * reached or may reach this one. So a node that no line of the filter names as a source is one that this node may reach.
 */
#include "relay/check/judge.h"

#include "conf/http.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/ask/other_relay.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/grant.h"
#include "relay/check/judge_tailnet.h"
#include "relay/host/machine.h"

#include <stdio.h>
#include <string.h>

enum { DNS_PORT = 53 };

/* Is the source an address of this node, or of another relay with its tags? These are no clients. */
static bool is_relay(const struct tailscale_netmap *netmap, const struct conf_prefix *source)
{
	if (tailscale_prefixes_cover(&netmap->self.addresses, source))
		return true;
	for (size_t i = 0; netmap->self.tags.count > 0 && i < netmap->peer_count; i++)
		if (tailscale_prefixes_cover(&netmap->peers[i].addresses, source))
			return relay_judge_is_like(&netmap->peers[i], &netmap->self);
	return false;
}

static bool has_client(const struct tailscale_netmap *netmap, const struct tailscale_match *match)
{
	for (size_t i = 0; i < match->sources.count; i++)
		if (!is_relay(netmap, &match->sources.items[i]))
			return true;
	return match->by_capability;
}

enum relay_permission relay_judge_permission(const struct tailscale_netmap *netmap, const struct conf_prefix *prefix,
					     int protocol, int port)
{
	enum relay_permission best = RELAY_PERMIT_NOBODY;

	for (size_t i = 0; i < netmap->match_count; i++) {
		const struct tailscale_match *match = &netmap->matches[i];

		if (!(match->protocols & 1ULL << protocol) || !has_client(netmap, match))
			continue;
		for (size_t j = 0; j < match->targets.count; j++) {
			if (!conf_prefix_covers(&match->targets.items[j], prefix) ||
			    (port >= 0 && (port < match->first[j] || port > match->last[j])))
				continue;
			if (conf_prefix_length(&match->targets.items[j]) > 0)
				return RELAY_PERMIT_NAMED;
			best = RELAY_PERMIT_ANY;
		}
	}
	return best;
}

const char *relay_judge_relay_name(const struct tailscale_netmap *netmap, char *text, size_t size)
{
	char printed[CONF_PREFIX_TEXT] = "tag:relay";

	if (netmap->self.tags.count > 0)
		snprintf(text, size, "%s", netmap->self.tags.items[0]);
	else if (netmap->self.addresses.count > 0)
		snprintf(text, size, "%.*s",
			 (int)strcspn(conf_prefix_print(&netmap->self.addresses.items[0], printed), "/"), printed);
	else
		snprintf(text, size, "%s", printed);
	return text;
}

void relay_judge_advise_grant(const struct relay_evidence *evidence, enum relay_grant grant, const char *before,
			      struct relay_findings *findings)
{
	char relay[200], line[700];

	relay_judge_relay_name(&evidence->tailnet.netmap, relay, sizeof(relay));
	relay_findings_advise(findings, "%sadd to \"grants\" in the tailnet's policy: %s", before,
			      relay_grant_print(grant, evidence->settings, relay, line, sizeof(line)));
}

/* The edge address by which clients ask: tailscaled's first. NULL: none. */
static const struct conf_address *edge_of(const struct relay_evidence *evidence)
{
	for (size_t i = 0; i < evidence->settings->dns.edge_address_count; i++)
		if (tailscale_node_has(&evidence->tailnet.netmap.self, &evidence->settings->dns.edge_addresses[i]))
			return &evidence->settings->dns.edge_addresses[i];
	return NULL;
}

static void dns_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	const struct conf_address *edge = edge_of(evidence);
	struct conf_prefix host;
	bool udp, tcp;

	if (!edge)
		return;
	host = conf_prefix_of_host(edge);
	udp = relay_judge_permission(netmap, &host, IPPROTO_UDP, DNS_PORT) != RELAY_PERMIT_NOBODY;
	tcp = relay_judge_permission(netmap, &host, IPPROTO_TCP, DNS_PORT) != RELAY_PERMIT_NOBODY;
	if (udp && tcp)
		return;
	relay_findings_add(findings, FINDING_GRANT_DNS_MISSING, PLACE_POLICY,
			   "the policy lets no node reach port 53 of this one%s",
			   udp ? " over TCP" :
			   tcp ? " over UDP" :
				 "");
	relay_judge_advise_grant(evidence, RELAY_GRANT_DNS, "", findings);
}

/* headscale leaves the prefix out of the filter as well when the route is not approved: that is the route's judge's. */
static void prefix_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;

	for (size_t i = 0; !tailnet->headscale && i < evidence->settings->node.advertised_count; i++) {
		const struct conf_prefix *prefix = &evidence->settings->node.advertised[i];
		char text[CONF_PREFIX_TEXT];

		if (relay_judge_permission(&tailnet->netmap, prefix, IPPROTO_TCP, -1) != RELAY_PERMIT_NOBODY ||
		    !tailscale_status_is_approved(&tailnet->status, prefix))
			continue;
		relay_findings_add(findings, FINDING_GRANT_PREFIX_MISSING, PLACE_POLICY,
				   "the policy lets no node reach %s", conf_prefix_print(prefix, text));
		relay_judge_advise_grant(evidence, RELAY_GRANT_PREFIX, "", findings);
		return;
	}
}

bool relay_judge_may_be_source(const struct tailscale_netmap *netmap, const struct tailscale_node *node)
{
	for (size_t i = 0; i < netmap->match_count; i++) {
		if (netmap->matches[i].by_capability)
			return true;
		for (size_t j = 0; j < node->addresses.count; j++)
			if (tailscale_prefixes_cover(&netmap->matches[i].sources, &node->addresses.items[j]))
				return true;
	}
	return false;
}

bool relay_judge_policy_is_open(const struct tailscale_netmap *netmap)
{
	for (size_t i = 0; i < netmap->match_count; i++)
		for (size_t j = 0; j < netmap->matches[i].targets.count; j++)
			if (conf_prefix_length(&netmap->matches[i].targets.items[j]) == 0)
				return true;
	return false;
}

/* The address at which nodes of the overlay open the page: one that is listened on, and tailscaled's. NULL: none. */
static const struct conf_address *page_of(const struct relay_evidence *evidence, unsigned port)
{
	const struct conf_address *address;
	unsigned its_port;

	for (size_t i = 0; (address = conf_http_address(evidence->settings, i, &its_port)); i++)
		if (its_port == port && tailscale_node_has(&evidence->tailnet.netmap.self, address))
			return address;
	return NULL;
}

static bool other_may_ask(const struct tailscale_netmap *netmap, const struct relay_other *other,
			  const struct conf_prefix *page, unsigned port)
{
	for (size_t i = 0; i < netmap->match_count; i++) {
		if (netmap->matches[i].by_capability)
			return true;
		for (size_t a = 0; a < other->address_count; a++)
			if (tailscale_match_permits(&netmap->matches[i], &other->addresses[a], page, IPPROTO_TCP, port))
				return true;
	}
	return false;
}

/* Clients open the page, and the other relays of the same routes ask its /healthz. What lets this relay ask theirs stands in their packet filters. */
static void page_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	unsigned port = conf_served_overlay_port(evidence->settings);
	const struct conf_address *address = port ? page_of(evidence, port) : NULL;
	struct relay_other others[RELAY_OTHERS_MAX];
	const char *barred = NULL;
	struct conf_prefix page;

	if (!address)
		return;
	page = conf_prefix_of_host(address);
	for (size_t i = relay_others_find(evidence->settings, netmap, others); i-- > 0;)
		if (!other_may_ask(netmap, &others[i], &page, port))
			barred = others[i].name;
	if (relay_judge_permission(netmap, &page, IPPROTO_TCP, (int)port) == RELAY_PERMIT_NOBODY)
		relay_findings_add(findings, FINDING_GRANT_PAGE_MISSING, PLACE_POLICY,
				   "the policy lets no client open the page: TCP port %u of this node", port);
	else if (barred)
		relay_findings_add(findings, FINDING_GRANT_PAGE_MISSING, PLACE_POLICY,
				   "the policy does not let %s, another relay, ask /healthz: TCP port %u of this node",
				   barred, port);
	else
		return;
	relay_judge_advise_grant(evidence, RELAY_GRANT_PAGE, "", findings);
}

/* The name is not there, and no node is seen but those that may come here: no line of the policy lets this node reach anybody. */
static void targets_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	const struct relay_reply *reply = &evidence->dns.aaaa;
	const char *suffix = tailnet->status.magic_dns_suffix;
	struct conf_address real;

	if (!reply->answered || reply->aaaa_count > 0 || relay_evidence_real(evidence, &real) || !suffix || !*suffix ||
	    !conf_domain_is_within(evidence->real, suffix) || relay_judge_policy_is_open(&tailnet->netmap))
		return;
	for (size_t i = 0; i < tailnet->netmap.peer_count; i++)
		if (!relay_judge_may_be_source(&tailnet->netmap, &tailnet->netmap.peers[i]))
			return;
	relay_findings_add(findings, FINDING_GRANT_TARGETS_MISSING, PLACE_POLICY,
			   "the policy does not let this node reach %s: this node sees only nodes that may reach it",
			   evidence->real);
	relay_judge_advise_grant(evidence, RELAY_GRANT_TARGETS, "", findings);
}

void relay_judge_policy(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;

	if (!tailnet->used)
		return;
	if (!tailnet->has_netmap) {
		relay_findings_add(findings, FINDING_POLICY_UNSEEN, PLACE_POLICY,
				   "tailscaled does not report its packet filter");
		return;
	}
	dns_judge(evidence, findings);
	prefix_judge(evidence, findings);
	page_judge(evidence, findings);
	targets_judge(evidence, findings);
	relay_findings_see(findings, PLACE_POLICY, "%zu nodes of the tailnet are seen from here",
			   tailnet->netmap.peer_count);
}
