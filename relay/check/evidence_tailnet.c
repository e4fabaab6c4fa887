/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tailscaled knows: its status, preferences and netmap, three requests, each bounded in size and time. And one question to each
 * address that split DNS names and that is none of ours: a relay answers a name that is not there with a SOA of just the zone.
 */
#include "relay/check/evidence.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/check/judge_tailnet.h"
#include "relay/ask/resolver.h"
#include "relay/ask/tailnet.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>

enum { OTHER_MS = 1500, AGAIN_MS = 500, AGAIN_TRIES = 5 };

static enum relay_other_resolver other_ask(const struct conf_address *address, const char *zone)
{
	int handed = relay_resolver_hands_over(address, zone, OTHER_MS);

	return handed < 0 ? RELAY_OTHER_SILENT : handed ? RELAY_OTHER_RELAY : RELAY_OTHER_NO_RELAY;
}

/* One that was silent for an earlier zone is not waited for again. */
static bool was_silent(const struct relay_tailnet_evidence *tailnet, const struct conf_address *address)
{
	for (size_t i = 0; i < tailnet->zone_count; i++) {
		const struct tailscale_zone *zone = tailnet->zones[i].zone;

		for (size_t j = 0; zone && j < zone->resolver_count && j < EVIDENCE_EDGES; j++)
			if (tailnet->zones[i].others[j] == RELAY_OTHER_SILENT &&
			    conf_address_equals(&zone->resolvers[j], address))
				return true;
	}
	return false;
}

static void zone_check(struct relay_evidence *evidence, const char *name, bool reverse)
{
	struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	struct relay_zone_evidence zone = {.reverse = reverse};

	if (tailnet->zone_count == EVIDENCE_ZONES)
		return;
	snprintf(zone.name, sizeof(zone.name), "%s", name);
	zone.zone = tailscale_netmap_zone(&tailnet->netmap, zone.name);
	if (!zone.zone && tailnet->netmap.global.resolver_count + tailnet->netmap.global.others.count > 0)
		zone.zone = &tailnet->netmap.global;
	for (size_t i = 0; zone.zone && i < zone.zone->resolver_count && i < EVIDENCE_EDGES; i++) {
		const struct conf_address *address = &zone.zone->resolvers[i];

		if (conf_tailnet_is_edge(evidence->settings, address))
			continue;
		zone.others[i] = was_silent(tailnet, address) ? RELAY_OTHER_SILENT : other_ask(address, zone.name);
	}
	tailnet->zones[tailnet->zone_count++] = zone;
}

static void zones_check(struct relay_evidence *evidence)
{
	const struct conf_settings *settings = evidence->settings;
	char zone[CONF_REVERSE_TEXT];

	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		zone_check(evidence, settings->dns.split_domains[i].split, false);
	for (size_t i = 0; settings->dns.split_domain_count > 0 && i < settings->common.prefix_count; i++)
		zone_check(evidence, conf_prefix6_print_reverse(&settings->common.prefixes[i].prefix, zone), true);
	if (settings->dns.split_domain_count > 0 && settings->common.has_twin6)
		zone_check(evidence, conf_prefix6_print_reverse(&settings->common.twin6.twin, zone), true);
}

/* Does the packet filter name anybody for the routes? A control plane needs a moment after they were advertised. */
static bool filter_names_routes(const struct relay_evidence *evidence)
{
	for (size_t i = 0; i < evidence->settings->node.advertised_count; i++)
		if (relay_judge_permission(&evidence->tailnet.netmap, &evidence->settings->node.advertised[i],
					   IPPROTO_TCP, -1) == RELAY_PERMIT_NOBODY)
			return false;
	return true;
}

/* What is not there yet is looked for again, a few seconds at most. */
static bool netmap_read(struct relay_evidence *evidence, struct conf_report *report)
{
	struct relay_tailnet_evidence *tailnet = &evidence->tailnet;

	for (unsigned tries = 0;
	     tailscale_netmap_read(evidence->settings->node.tailscale_socket, &tailnet->netmap, report) == 0; tries++) {
		if (tries == AGAIN_TRIES || filter_names_routes(evidence))
			return true;
		tailscale_netmap_clear(&tailnet->netmap);
		poll(NULL, 0, AGAIN_MS);
	}
	return false;
}

static void trouble_set(struct relay_tailnet_evidence *tailnet, struct conf_report *report)
{
	if (report->count > 0 && report->lines[0])
		snprintf(tailnet->trouble, sizeof(tailnet->trouble), "%s", report->lines[0]);
	conf_report_clear(report);
}

void relay_evidence_tailnet(struct relay_evidence *evidence)
{
	struct relay_tailnet_evidence *tailnet = &evidence->tailnet;
	const char *socket = evidence->settings->node.tailscale_socket;
	struct conf_report report = {0};

	tailnet->used = !evidence->settings->node.advertise_none;
	tailnet->now = time(NULL);
	if (!tailnet->used)
		return;
	tailnet->has_status = tailscale_status_read(socket, &tailnet->status, &report) == 0;
	tailnet->up = tailnet->has_status && tailscale_status_is_up(&tailnet->status, &report) == 0;
	tailnet->has_prefs = tailnet->has_status && tailscale_prefs_read(socket, &tailnet->prefs, &report) == 0;
	tailnet->headscale = tailnet->has_prefs && relay_tailnet_is_headscale(&tailnet->prefs);
	tailnet->has_netmap = tailnet->up && netmap_read(evidence, &report);
	if (tailnet->has_netmap && evidence->settings->dns.edge_address_count > 0)
		zones_check(evidence);
	trouble_set(tailnet, &report);
}
