/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grant for a part of the prefixes: who may reach just these hosts by way of the relay. */
#include "relay/setup/tailnet_grants.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "relay/cli/options.h"
#include "relay/cli/print.h"
#include "tailscale/netmap.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Is it the node's name, whole or its first label, as it is in the tailnet or below a split domain? */
static bool name_is(const struct conf_settings *settings, const struct tailscale_node *node, const char *host)
{
	size_t label = strcspn(node->name, ".");

	if (strcasecmp(node->name, host) == 0 || (strlen(host) == label && strncasecmp(node->name, host, label) == 0))
		return true;
	if (strncasecmp(node->name, host, label) != 0 || host[label] != '.')
		return false;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (strcasecmp(host + label + 1, settings->dns.split_domains[i].split) == 0)
			return true;
	return false;
}

/* The IPv4 address of a host. */
static bool host_find(const struct conf_settings *settings, const struct tailscale_netmap *netmap, const char *host,
		      struct in_addr *address)
{
	if (inet_pton(AF_INET, host, address) == 1)
		return true;
	for (size_t i = 0; netmap && i < netmap->peer_count; i++)
		for (size_t j = 0; j < netmap->peers[i].addresses.count && name_is(settings, &netmap->peers[i], host); j++)
			if (netmap->peers[i].addresses.items[j].family == AF_INET) {
				*address = netmap->peers[i].addresses.items[j].v4.address;
				return true;
			}
	return false;
}

static void target_add(json_t *targets, const struct conf_settings *settings, struct in_addr address)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix6 *prefix = &settings->common.prefixes[i].prefix;
		struct conf_prefix6 host = {conf_rfc6052_embed(prefix, address), 128};

		json_array_append_new(targets, json_string(conf_prefix6_print(&host, text)));
	}
	if (settings->common.has_twin) {
		struct conf_prefix4 host = {.length = 32};

		if (conf_prefix4_move(&settings->common.twin.real, &settings->common.twin.twin, address, &host.address))
			json_array_append_new(targets, json_string(conf_prefix4_print(&host, text)));
	}
}

int relay_tailnet_grants_for(const struct conf_settings *settings, const struct tailscale_netmap *netmap,
			     const struct relay_words *hosts, bool json, struct conf_report *report)
{
	json_t *grant = json_pack("{s:[s], s:[], s:[s]}", "src", "autogroup:member", "dst", "ip", "*");
	struct in_addr address;
	int result = 0;

	for (size_t i = 0; i < hosts->count; i++)
		if (host_find(settings, netmap, hosts->items[i], &address)) {
			target_add(json_object_get(grant, "dst"), settings, address);
		} else {
			conf_report_add(
				report,
				"--for %s: this node sees no host of that name in the tailnet: give its name there, or its IPv4 address",
				hosts->items[i]);
			result = -1;
		}
	if (result == 0 && json) {
		relay_print_json(grant);
	} else if (result == 0) {
		puts("In the place of the grant for the whole prefix (autogroup:member stands for your clients: name yours):");
		json_dumpf(grant, stdout, 0);
		puts(",");
	}
	json_decref(grant);
	return result;
}
