/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes of other nodes of the tailnet against the relay's own networks. A node that takes the tailnet's routes (accept-routes) has them in table 52 of the
 * kernel. The relay's policy rules come before that table, so its pool goes on to lead to the translator; what suffers are the hosts of the other network
 * with an address of the pool or the twin prefix, which this machine reaches no more.
 */
#include "conf/settings.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge.h"
#include "relay/check/judge_tailnet.h"

const struct tailscale_node *relay_judge_router(const struct tailscale_netmap *netmap,
						const struct conf_prefix *network, const struct conf_prefix **route)
{
	for (size_t i = 0; i < netmap->peer_count; i++) {
		const struct tailscale_node *peer = &netmap->peers[i];

		for (size_t j = 0; j < peer->allowed.count; j++) {
			*route = &peer->allowed.items[j];
			if ((*route)->family != network->family || tailscale_prefixes_cover(&peer->addresses, *route))
				continue;
			if (network->family == AF_INET ?
				    (*route)->v4.length > 0 && conf_prefix4_overlaps(&(*route)->v4, &network->v4) :
				    (*route)->v6.length > 0 && conf_prefix6_overlaps(&(*route)->v6, &network->v6))
				return peer;
		}
	}
	return NULL;
}

static void network_judge(const struct relay_evidence *evidence, const struct conf_prefix4 *network,
			  const char *directive, struct relay_findings *findings)
{
	const struct conf_prefix own = {.family = AF_INET, .v4 = *network}, *route;
	const struct tailscale_node *router = relay_judge_router(&evidence->tailnet.netmap, &own, &route);
	char text[CONF_PREFIX_TEXT], other[CONF_PREFIX_TEXT];

	if (!router)
		return;
	relay_findings_add(findings, FINDING_SUBNET_OVERLAPS, PLACE_MACHINE,
			   "%s leads to %s in this tailnet, and %s %s is a part of it: this machine cannot "
			   "reach the hosts there",
			   conf_prefix_print(route, other), router->name ? router->name : "a node", directive,
			   conf_prefix_print(&own, text));
	relay_findings_advise(
		findings,
		"choose another %s in relay.conf, then: nat64-relay reload; or: tailscale set --accept-routes=false",
		directive);
}

void relay_judge_subnets(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct conf_settings *settings = evidence->settings;

	if (!evidence->tailnet.has_netmap || !evidence->tailnet.has_prefs || !evidence->tailnet.prefs.route_all)
		return;
	if (settings->translation.has_dynamic_pool)
		network_judge(evidence, &settings->translation.dynamic_pool, "dynamic-pool", findings);
}
