/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The advertised routes: in tailscaled's list, approved, primary.
 *
 * Tailscale's control plane tells a node of its own approval. headscale (0.29.2) does not, nor when it is taken back; but it leaves a prefix out of
 * the node's packet filter while its route is not approved. So a line of the filter that names the prefix is an approval as it is now, and
 * none means that there is no approval or no grant: which of them is not seen from here. A policy that allows everything to everybody names no
 * prefix: then a client that used it lately is all there is to go by.
 * Another node that is primary for the prefix is seen as its clients see it, among the peers.
 */
#include "relay/check/judge.h"

#include "conf/settings.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge_tailnet.h"

#include <stdio.h>
#include <string.h>

enum { RECENT_S = 120 };

/* Does advertise-prefix leave out what names are answered with? */
static bool is_left_out(const struct conf_settings *settings, const struct conf_prefix *prefix, const char *what,
			struct relay_findings *findings)
{
	const struct tailscale_prefixes advertised = {settings->node.advertised, settings->node.advertised_count};
	char text[CONF_PREFIX_TEXT];

	if (tailscale_prefixes_cover(&advertised, prefix))
		return false;
	relay_findings_add(findings, FINDING_ADVERTISE_PREFIX_FOREIGN, PLACE_REACH,
			   "advertise-prefix leaves out the %s %s", what, conf_prefix_print(prefix, text));
	relay_findings_advise(findings, "remove the line advertise-prefix from relay.conf, then: nat64-relay reload");
	return true;
}

/* advertise-prefix names something else than the prefixes, or not all of them. */
static void foreign_judge(const struct conf_settings *settings, struct relay_findings *findings)
{
	const struct conf_prefix twin = {.family = AF_INET, .v4 = settings->common.twin.twin},
				 twin6 = {.family = AF_INET6, .v6 = settings->common.twin6.twin};
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->node.advertised_count; i++) {
		if (conf_settings_advertise_own(settings, &settings->node.advertised[i]))
			continue;
		relay_findings_add(findings, FINDING_ADVERTISE_PREFIX_FOREIGN, PLACE_REACH,
				   "advertise-prefix %s is not a prefix of this relay",
				   conf_prefix_print(&settings->node.advertised[i], text));
		relay_findings_advise(findings,
				      "remove the line advertise-prefix from relay.conf, then: nat64-relay reload");
		return;
	}
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->common.prefixes[i].prefix};

		if (is_left_out(settings, &prefix, "prefix", findings))
			return;
	}
	if (settings->common.has_twin && is_left_out(settings, &twin, "twin prefix", findings))
		return;
	if (settings->common.has_twin6)
		is_left_out(settings, &twin6, "twin6 prefix", findings);
}

/* A peer that clients send the prefix to, or a part of it, for a longer route goes first; NULL. */
static const struct tailscale_node *primary_of(const struct tailscale_netmap *netmap, const struct conf_prefix *prefix,
					       const struct conf_prefix **route)
{
	for (size_t i = 0; i < netmap->peer_count; i++)
		for (size_t j = 0; j < netmap->peers[i].primary.count; j++) {
			*route = &netmap->peers[i].primary.items[j];
			if (conf_prefix_covers(prefix, *route))
				return &netmap->peers[i];
		}
	return NULL;
}

static bool primary_judge(const struct relay_evidence *evidence, const struct conf_prefix *prefix, const char *text,
			  struct relay_findings *findings)
{
	const struct tailscale_netmap *netmap = &evidence->tailnet.netmap;
	const struct conf_prefix *route;
	const struct tailscale_node *other = primary_of(netmap, prefix, &route);
	char taken[CONF_PREFIX_TEXT];

	if (!other)
		return false;
	if (conf_prefix_equals(route, prefix) && relay_judge_is_like(other, &netmap->self)) {
		relay_findings_add(findings, FINDING_ROUTE_STANDBY, PLACE_REACH,
				   "%s leads to %s, which is primary; this relay stands by", text, other->name);
		return true;
	}
	relay_findings_add(findings, FINDING_ROUTE_OTHER_PRIMARY, PLACE_REACH, "%s leads to %s, and not to this relay",
			   conf_prefix_print(route, taken), other->name);
	if (evidence->tailnet.headscale)
		relay_findings_advise(findings,
				      "remove the route %s from that node: on it, tailscale set --advertise-routes= "
				      "without %s",
				      taken, taken);
	else
		relay_findings_advise(findings,
				      "https://login.tailscale.com/admin/machines: %s, Edit route settings, untick %s",
				      other->name, taken);
	return true;
}

/* Routes of others, which headscale's command would take away: those that are known to be approved, or may be. */
static void others_append(const struct relay_evidence *evidence, const struct tailscale_list *routes, const char *first,
			  char *text, size_t size)
{
	const struct conf_settings *settings = evidence->settings;
	const char *separator = first;

	for (size_t i = 0; i < routes->count; i++) {
		size_t length = strlen(text);
		struct conf_prefix route;
		bool ours = conf_prefix_parse(routes->items[i], &route) != 0;

		for (size_t j = 0; !ours && j < settings->node.advertised_count; j++)
			ours = conf_prefix_equals(&route, &settings->node.advertised[j]);
		if (ours || strstr(text, routes->items[i]) ||
		    (route.family == AF_INET ? route.v4.length == 32 : route.v6.length == 128))
			continue;
		snprintf(text + length, size - length, "%s%s", separator, routes->items[i]);
		separator = ",";
	}
}

/* The command or the page. headscale's replaces the whole list. */
static void approval_write(const struct relay_evidence *evidence, char *text, size_t size)
{
	const struct conf_settings *settings = evidence->settings;
	const struct tailscale_status *status = &evidence->tailnet.status;
	bool headscale = evidence->tailnet.headscale;
	size_t length = (size_t)(headscale ?
					 snprintf(text, size, "headscale nodes approve-routes --identifier %s --routes ",
						  status->id) :
					 snprintf(text, size,
						  "https://login.tailscale.com/admin/machines: %s, Edit route settings, tick ",
						  status->dns_name));
	char prefix[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->node.advertised_count && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? "," : "",
					   conf_prefix_print(&settings->node.advertised[i], prefix));
	if (!headscale || length >= size)
		return;
	others_append(evidence, &status->allowed_ips, ",", text, size);
	others_append(evidence, &evidence->tailnet.prefs.advertise_routes,
		      " (this replaces the list: append each of these that is approved: ", text, size);
	if (strchr(text, '('))
		snprintf(text + strlen(text), size - strlen(text), ")");
}

static void headscale_judge(const struct relay_evidence *evidence, const struct conf_prefix *prefix, const char *text,
			    struct relay_findings *findings)
{
	enum relay_permission permission = relay_judge_permission(&evidence->tailnet.netmap, prefix, IPPROTO_TCP, -1);
	long long seen = evidence->traffic.client_seen;
	char approval[500], before[600];

	approval_write(evidence, approval, sizeof(approval));
	if (permission == RELAY_PERMIT_NAMED) {
		relay_findings_see(findings, PLACE_REACH, "%s is advertised, approved, and granted to clients", text);
	} else if (permission == RELAY_PERMIT_NOBODY) {
		relay_findings_add(findings, FINDING_PREFIX_UNREACHABLE, PLACE_REACH,
				   "no client may use %s: its route is not approved, or the policy has no grant for it",
				   text);
		snprintf(before, sizeof(before), "%s; if \"headscale nodes list-routes\" shows it as approved: ", approval);
		relay_judge_advise_grant(evidence, RELAY_GRANT_PREFIX, before, findings);
	} else if (seen >= 0 && seen < RECENT_S) {
		relay_findings_see(findings, PLACE_REACH, "%s is advertised, and %s used it %lld s ago", text,
				   evidence->traffic.client, seen);
	} else {
		relay_findings_add(findings, FINDING_ROUTE_UNSEEN, PLACE_REACH,
				   "%s is advertised; headscale does not report to this node whether it is approved",
				   text);
		relay_findings_advise(findings,
				      "\"headscale nodes list-routes\" has to list it: if not, restart tailscaled, which offers it "
				      "again; if it is not approved: %s",
				      approval);
	}
}

static void tailscale_judge(const struct relay_evidence *evidence, const struct conf_prefix *prefix, const char *text,
			    struct relay_findings *findings)
{
	const struct tailscale_status *status = &evidence->tailnet.status;
	char approval[500];

	if (tailscale_status_is_approved(status, prefix)) {
		relay_findings_see(findings, PLACE_REACH, "%s is advertised, approved%s", text,
				   tailscale_status_is_primary(status, prefix) ? ", and this node is its primary" : "");
		return;
	}
	approval_write(evidence, approval, sizeof(approval));
	relay_findings_add(findings, FINDING_ROUTE_NOT_APPROVED, PLACE_REACH, "%s is advertised, but not approved", text);
	relay_findings_advise(findings, "%s", approval);
}

static void advertised_judge(const struct relay_evidence *evidence, const struct conf_prefix *prefix,
			     struct relay_findings *findings)
{
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	char text[CONF_PREFIX_TEXT];

	conf_prefix_print(prefix, text);
	if (!tailscale_list_contains(&tailnet->prefs.advertise_routes, text)) {
		relay_findings_add(findings, FINDING_ROUTE_NOT_ADVERTISED, PLACE_REACH, "%s is not advertised", text);
		relay_findings_advise(findings, "%s", relay_judge_put_back(evidence));
	} else if (tailnet->has_netmap && primary_judge(evidence, prefix, text, findings)) {
		return;
	} else if (tailnet->headscale && tailnet->has_netmap) {
		headscale_judge(evidence, prefix, text, findings);
	} else if (tailnet->headscale) {
		relay_findings_add(findings, FINDING_ROUTE_UNSEEN, PLACE_REACH,
				   "%s is advertised; this node cannot see whether it is approved", text);
	} else {
		tailscale_judge(evidence, prefix, text, findings);
	}
}

void relay_judge_route(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct conf_settings *settings = evidence->settings;
	const struct relay_tailnet_evidence *tailnet = &evidence->tailnet;

	if (!tailnet->used || settings->common.prefix_count == 0) {
		relay_findings_add(findings, FINDING_ROUTE_UNSEEN, PLACE_REACH,
				   "tailscaled is not asked (advertise-prefix none)");
		relay_findings_advise(findings, "on a client: ip -6 route get ADDRESS");
		return;
	}
	foreign_judge(settings, findings);
	if (!tailnet->up || !tailnet->has_prefs) {
		relay_findings_add(findings, FINDING_ROUTE_UNSEEN, PLACE_REACH, "tailscaled does not report its routes");
		return;
	}
	if (evidence->machine.withdrawn) {
		relay_findings_add(findings, FINDING_ROUTE_WITHDRAWN, PLACE_REACH,
				   "the relay has withdrawn its routes: %s", evidence->machine.withdrawn_why);
		relay_findings_advise(findings,
				      "find out why translator or resolver does not answer: journalctl -u nat64-relay");
	}
	for (size_t i = 0; i < settings->node.advertised_count; i++)
		advertised_judge(evidence, &settings->node.advertised[i], findings);
}
