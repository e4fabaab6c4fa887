/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose packet is traced: this node's own, or that of a node of the tailnet, by name or address. */
#include "relay/trace/trace.h"

#include "conf/reach.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool address_parse(const char *text, struct conf_address *address)
{
	address->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(address->family, text,
			 address->family == AF_INET6 ? (void *)&address->v6 : (void *)&address->v4) == 1;
}

/* The node of that name, whole or its first label. */
static const struct tailscale_node *node_named(const struct tailscale_netmap *netmap, const char *name)
{
	const struct tailscale_node *node = tailscale_netmap_named(netmap, name);
	size_t length = strlen(name);

	for (size_t i = 0; i < netmap->peer_count && !node; i++)
		if (netmap->peers[i].name && strncasecmp(netmap->peers[i].name, name, length) == 0 &&
		    netmap->peers[i].name[length] == '.')
			node = &netmap->peers[i];
	return node;
}

static bool node_address(const struct tailscale_node *node, struct conf_address *address)
{
	for (size_t i = 0; i < node->addresses.count; i++)
		if (node->addresses.items[i].family == AF_INET6) {
			*address = (struct conf_address){.family = AF_INET6, .v6 = node->addresses.items[i].v6.address};
			return true;
		}
	return false;
}

static int own_find(struct relay_trace *trace, struct conf_report *report)
{
	const struct conf_dns *dns = &trace->evidence->settings->dns;

	snprintf(trace->client.name, sizeof(trace->client.name), "this node");
	trace->client.own = true;
	for (size_t i = 0; i < dns->edge_address_count; i++)
		if (dns->edge_addresses[i].family == AF_INET6) {
			trace->client.address = dns->edge_addresses[i];
			return 0;
		}
	conf_report_add(report, "no edge-address is IPv6, so this node cannot be the client: name one with --from CLIENT");
	return -1;
}

int relay_trace_client_find(struct relay_trace *trace, const char *given, struct conf_report *report)
{
	const struct relay_tailnet_evidence *tailnet = &trace->evidence->tailnet;
	struct relay_trace_client *client = &trace->client;
	struct conf_address address = {.family = 0};
	const struct tailscale_node *node = NULL;
	bool is_address;

	if (!given)
		return own_find(trace, report);
	is_address = address_parse(given, &address);
	if (tailnet->has_netmap)
		node = is_address ? tailscale_netmap_node(&tailnet->netmap, &address) :
				    node_named(&tailnet->netmap, given);
	if (node && node->name)
		snprintf(client->name, sizeof(client->name), "%s", node->name);
	client->own = node && node == &tailnet->netmap.self;
	if (node && node_address(node, &client->address))
		return 0;
	client->address = address;
	if (!node && is_address && address.family == AF_INET6)
		return 0;
	conf_report_add(report, "--from %s: %s", given,
			node                 ? "this node has no IPv6 address, and uses no prefix of IPv6" :
			!tailnet->has_netmap ? "without tailscaled, an IPv6 address is wanted" :
					       "no node of the tailnet has this name or address");
	return -1;
}
