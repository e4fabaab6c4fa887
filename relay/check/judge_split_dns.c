/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To whom split DNS hands the names. tailscaled's own DNS configuration is that of every node, so the relay sees what clients do. Who else is named
 * may be a relay too: it says so itself, or it is silent, for the policy need not let relays ask each other; then a node with the tags of this one
 * is taken for one when it is online and, as headscale tells what a node advertises and Tailscale's own control plane does not, advertises a
 * prefix of these settings.
 */
#include "relay/check/judge.h"

#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge_tailnet.h"
#include "relay/host/machine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The same tags; without any the same user. */
bool relay_judge_is_like(const struct tailscale_node *a, const struct tailscale_node *b)
{
	if (a->tags.count != b->tags.count)
		return false;
	for (size_t i = 0; i < a->tags.count; i++)
		if (!tailscale_list_contains(&b->tags, a->tags.items[i]))
			return false;
	return a->tags.count > 0 || a->user == b->user;
}

/* What one zone comes to. */
struct hands {
	bool ours, relays, strays;        /* to this relay, to others that are relays, to what is none */
	const struct conf_address *other; /* the first stray, else the first other relay */
};

/* Does the node offer, or hold, a prefix of these settings? A node that only has a relay's tags may run anything. */
static bool has_our_prefix(const struct tailscale_node *node, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->common.prefixes[i].prefix};

		if (tailscale_prefixes_cover(&node->advertised, &prefix) ||
		    tailscale_prefixes_cover(&node->primary, &prefix))
			return true;
	}
	return false;
}

static bool is_relay(const struct relay_evidence *evidence, const struct relay_zone_evidence *zone, size_t index)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	const struct tailscale_node *node = tailscale_netmap_node(netmap, &zone->zone->resolvers[index]);

	if (zone->others[index] != RELAY_OTHER_SILENT)
		return zone->others[index] == RELAY_OTHER_RELAY;
	return node && node != &netmap->self && node->online && relay_judge_is_like(node, &netmap->self) &&
	       (!evidence->tailnet.headscale || has_our_prefix(node, evidence->settings));
}

static struct hands hands_of(const struct relay_evidence *evidence, const struct relay_zone_evidence *zone)
{
	struct hands hands = {.ours = false};

	for (size_t i = 0; zone->zone && i < zone->zone->resolver_count && i < EVIDENCE_EDGES; i++) {
		const struct conf_address *address = &zone->zone->resolvers[i];

		if (conf_tailnet_is_edge(evidence->settings, address)) {
			hands.ours = true;
		} else if (is_relay(evidence, zone, i)) {
			hands.relays = true;
			hands.other = hands.other ? hands.other : address;
		} else {
			hands.other = hands.strays ? hands.other : address;
			hands.strays = true;
		}
	}
	return hands;
}

/* "100.64.0.4 (client.ts.test)" */
static const char *other_print(const struct relay_evidence *evidence, const struct conf_address *address, char *text,
			       size_t size)
{
	const struct tailscale_node *node = tailscale_netmap_node(&evidence->tailnet.netmap, address);
	char printed[INET6_ADDRSTRLEN];

	snprintf(text, size, "%s%s%s%s", relay_machine_address_print(address, printed), node ? " (" : "",
		 node && node->name ? node->name : "", node ? ")" : "");
	return text;
}

/* The resolvers that the zone should have: this relay, and the other relays that it has already. */
static void resolvers_write(const struct relay_evidence *evidence, const struct relay_zone_evidence *zone,
			    const char *quote, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = (size_t)snprintf(text, size, "%s%s%s", quote,
					 relay_machine_address_print(&evidence->settings->dns.edge_addresses[0], address),
					 quote);

	for (size_t i = 0; zone->zone && i < zone->zone->resolver_count && i < EVIDENCE_EDGES && length < size; i++)
		if (!conf_tailnet_is_edge(evidence->settings, &zone->zone->resolvers[i]) && is_relay(evidence, zone, i))
			length += (size_t)snprintf(text + length, size - length, ", %s%s%s", quote,
						   relay_machine_address_print(&zone->zone->resolvers[i], address), quote);
}

/* Where it is changed. */
static void advise(const struct relay_evidence *evidence, const struct relay_zone_evidence *zone,
		   struct relay_findings *findings)
{
	char resolvers[300];

	resolvers_write(evidence, zone, evidence->tailnet.headscale ? "\"" : "", resolvers, sizeof(resolvers));
	if (evidence->tailnet.headscale)
		relay_findings_advise(
			findings,
			"in headscale's config.yaml, under dns: nameservers: split:, write \"%s\": [%s], and restart headscale",
			zone->name, resolvers);
	else
		relay_findings_advise(findings,
				      "https://login.tailscale.com/admin/dns: let the nameservers restricted to %s be %s, and no "
				      "other",
				      zone->name, resolvers);
}

/* True: nothing is to be said of the zone. */
static bool domain_judge(const struct relay_evidence *evidence, const struct relay_zone_evidence *zone,
			 struct relay_findings *findings)
{
	const struct hands hands = hands_of(evidence, zone);
	bool global = zone->zone == &evidence->tailnet.netmap.global;
	char other[400] = "";

	if (hands.other)
		other_print(evidence, hands.other, other, sizeof(other));
	if (hands.ours && !hands.strays)
		return true;
	if (!hands.ours && hands.strays && !global && evidence->tailnet.has_status &&
	    tailscale_node_has(&evidence->tailnet.netmap.self, hands.other) &&
	    relay_findings_find(findings, FINDING_EDGE_ADDRESS_FOREIGN))
		return true; /* it names this node, where nobody listens: that is said */
	if (!zone->zone || (global && !hands.ours && !hands.relays) ||
	    zone->zone->resolver_count + zone->zone->others.count == 0)
		relay_findings_add(findings, FINDING_SPLIT_DNS_MISSING, PLACE_SPLIT_DNS,
				   "split DNS hands %s to no server: clients do not ask this relay", zone->name);
	else if (hands.ours)
		relay_findings_add(findings, FINDING_SPLIT_DNS_STRAY, PLACE_SPLIT_DNS,
				   "split DNS hands %s to this relay, and also to %s, where no relay answers",
				   zone->name, other);
	else if (hands.relays && !hands.strays)
		relay_findings_add(
			findings, FINDING_SPLIT_DNS_PARTIAL, PLACE_SPLIT_DNS,
			"split DNS hands %s to %s, another relay, but not to this one: names fail when that relay does",
			zone->name, other);
	else
		relay_findings_add(findings, FINDING_SPLIT_DNS_ELSEWHERE, PLACE_SPLIT_DNS,
				   "split DNS hands %s to %s, which is not this relay", zone->name,
				   hands.other ? other : zone->zone->others.items[0]);
	advise(evidence, zone, findings);
	return false;
}

/* One finding for all reverse zones: the first stands for them. */
static bool reverse_judge(const struct relay_evidence *evidence, const struct relay_zone_evidence *zone,
			  struct relay_findings *findings)
{
	const struct hands hands = hands_of(evidence, zone);

	if (hands.ours || hands.relays || relay_findings_find(findings, FINDING_SPLIT_DNS_REVERSE_MISSING))
		return true;
	if (hands.strays && tailscale_node_has(&evidence->tailnet.netmap.self, hands.other))
		return true;
	relay_findings_add(findings, FINDING_SPLIT_DNS_REVERSE_MISSING, PLACE_SPLIT_DNS,
			   "split DNS does not hand %s to this relay: programs that make reverse look-ups wait, such as ping "
			   "without -n",
			   zone->name);
	advise(evidence, zone, findings);
	return false;
}

void relay_judge_split_dns(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	char address[INET6_ADDRSTRLEN];

	if (!tailnet->used || evidence->settings->dns.edge_address_count == 0)
		return;
	if (!tailnet->has_netmap) {
		relay_findings_add(findings, FINDING_SPLIT_DNS_UNSEEN, PLACE_SPLIT_DNS,
				   "tailscaled does not report its DNS configuration");
		relay_findings_advise(findings, "tailscale dns status");
		return;
	}
	for (size_t i = 0; i < tailnet->zone_count; i++)
		(tailnet->zones[i].reverse ? reverse_judge : domain_judge)(evidence, &tailnet->zones[i], findings);
	relay_findings_see(findings, PLACE_SPLIT_DNS, "to %s",
			   relay_machine_address_print(&evidence->settings->dns.edge_addresses[0], address));
}
