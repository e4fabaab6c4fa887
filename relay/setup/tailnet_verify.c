/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of it, as a client sees it: our own tailscaled is told by the control plane when all others are. */
#include "relay/setup/tailnet_verify.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "relay/ask/resolver.h"
#include "relay/cli/print.h"
#include "relay/host/clock.h"
#include "relay/host/machine.h"
#include "tailscale/netmap.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TOLD_MS = 30000, STEP_MS = 250, MAGIC_DNS_MS = 1500, MAGIC_DNS_ATTEMPTS = 8 };

static bool zone_is_handed(const struct tailscale_netmap *netmap, const char *name, const char *resolver)
{
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < netmap->zone_count; i++)
		for (size_t j = 0;
		     j < netmap->zones[i].resolver_count && strcasecmp(netmap->zones[i].suffix, name) == 0; j++)
			if (strcmp(relay_machine_address_print(&netmap->zones[i].resolvers[j], address), resolver) == 0)
				return true;
	return false;
}

static bool zones_are_handed(const struct conf_settings *settings, const json_t *zones)
{
	struct tailscale_netmap netmap;
	bool all = tailscale_netmap_read(settings->node.tailscale_socket, &netmap, CONF_REPORT_DISCARD) == 0;
	const json_t *resolvers;
	const char *zone;

	if (!all)
		return false;
	json_object_foreach((json_t *)zones, zone, resolvers)
		all = all && zone_is_handed(&netmap, zone, json_string_value(json_array_get(resolvers, 0)));
	tailscale_netmap_clear(&netmap);
	return all;
}

static bool magic_dns_leads_here(const char *zone)
{
	struct conf_address magic = {.family = AF_INET};

	inet_pton(AF_INET, CONF_TAILNET_RESOLVER, &magic.v4);
	return relay_resolver_hands_over(&magic, zone, MAGIC_DNS_MS) > 0;
}

void relay_tailnet_verify(const struct conf_settings *settings, const json_t *zones, uint64_t since,
			  struct relay_tailnet_seen *seen)
{
	uint64_t begun = relay_clock_ms();
	bool told;

	*seen = (struct relay_tailnet_seen){.seconds = -1};
	while (!(told = zones_are_handed(settings, zones)) && relay_clock_ms() - begun < TOLD_MS)
		poll(NULL, 0, STEP_MS);
	if (!told)
		return;
	seen->seconds = (double)(relay_clock_ms() - since) / 1000;
	seen->asked = relay_resolver_life(&settings->dns.edge_addresses[0], MAGIC_DNS_MS) == RELAY_RESOLVER_ALIVE;
	for (int attempt = 0; seen->asked && !seen->answered && attempt < MAGIC_DNS_ATTEMPTS; attempt++) {
		if (attempt > 0)
			poll(NULL, 0, STEP_MS << 1);
		seen->answered = magic_dns_leads_here(settings->dns.split_domains[0].split);
	}
}

void relay_tailnet_seen_print(const struct relay_tailnet_seen *seen)
{
	if (seen->seconds < 0) {
		relay_print_mark(RELAY_MARK_WARNING,
				 "this node did not receive the split DNS within %d seconds: nat64-relay status shows whether "
				 "it does later",
				 TOLD_MS / 1000);
		return;
	}
	relay_print_mark(RELAY_MARK_OK, "this node received the split DNS after %.1f s", seen->seconds);
	if (!seen->asked)
		relay_print_mark(RELAY_MARK_UNKNOWN,
				 "the resolver of this relay does not run: no query was sent through MagicDNS");
	else if (seen->answered)
		relay_print_mark(RELAY_MARK_OK, "a query through MagicDNS reaches the resolver of this relay");
	else
		relay_print_mark(RELAY_MARK_FAIL,
				 "a query through MagicDNS does not reach the resolver of this relay: nat64-relay check finds "
				 "the cause");
	puts("Connected clients receive it at the same time, sleeping ones when they wake. A client that has failed to "
	     "resolve a name may remember this\n"
	     "for some minutes, until its own cache expires.");
}
