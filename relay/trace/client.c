/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose packet is traced: this node's own, or that of a node of the tailnet, by name or address. */
#include "relay/trace/trace.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_first_label(const struct tailscale_node *node, const char *label)
{
	size_t length = strlen(label);

	return node->name && strncasecmp(node->name, label, length) == 0 && node->name[length] == '.';
}

/* The node of that name, whole or its first label; this one among them. */
static const struct tailscale_node *node_named(const struct tailscale_netmap *netmap, const char *name)
{
	const struct tailscale_node *node = tailscale_netmap_named(netmap, name);

	if (!node && is_first_label(&netmap->self, name))
		node = &netmap->self;
	for (size_t i = 0; i < netmap->peer_count && !node; i++)
		if (is_first_label(&netmap->peers[i], name))
			node = &netmap->peers[i];
	return node;
}

static bool node_address(const struct tailscale_node *node, int family, struct conf_address *address)
{
	for (size_t i = 0; i < node->addresses.count; i++)
		if (node->addresses.items[i].family == family) {
			*address = conf_prefix_address(&node->addresses.items[i]);
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
	return conf_report_add(
		report, "no edge-address is IPv6, so this node cannot be the client: name a client with --from CLIENT");
}

/* Can a packet come from there? */
static bool is_source(const struct conf_address *address)
{
	uint32_t four = ntohl(address->v4.s_addr);

	if (address->family == AF_INET)
		return four != INADDR_ANY && !IN_MULTICAST(four) && four >> IN_CLASSA_NSHIFT != IN_LOOPBACKNET;
	return !IN6_IS_ADDR_UNSPECIFIED(&address->v6) && !IN6_IS_ADDR_MULTICAST(&address->v6) &&
	       !IN6_IS_ADDR_LOOPBACK(&address->v6);
}

/* Why the packet cannot be that node's, or nobody's that is known. */
static const char *client_trouble(const struct relay_trace *trace, const struct tailscale_node *node)
{
	if (node && trace->by_twin)
		return trace->client.own ? "the kernel accepts no IPv4 packet from the overlay with this node's own source "
					   "address" :
					   "this node has no IPv4 address, and cannot use the twin";
	if (node)
		return "this node has no IPv6 address, and cannot use an IPv6 prefix: --ipv4 traces the twin-prefix";
	if (trace->evidence->tailnet.has_netmap)
		return "no node of the tailnet has this name or address";
	return trace->by_twin ? "without tailscaled, --from needs an IPv4 address" :
				"without tailscaled, --from needs an IPv6 address";
}

int relay_trace_client_find(struct relay_trace *trace, const char *given, struct conf_report *report)
{
	const struct relay_tailnet_evidence *tailnet = &trace->evidence->tailnet;
	struct relay_trace_client *client = &trace->client;
	struct conf_address address = {.family = 0};
	const struct tailscale_node *node = NULL;
	int family = trace->by_twin ? AF_INET : AF_INET6;
	bool is_address;

	if (!given && !trace->by_twin)
		return own_find(trace, report);
	if (!given)
		return conf_report_add(
			report, "the kernel accepts no IPv4 packet from the overlay with this node's own source address: name "
				"a client with --from CLIENT");
	is_address = conf_address_parse(given, &address) == 0;
	if (tailnet->has_netmap)
		node = is_address ? tailscale_netmap_node(&tailnet->netmap, &address) :
				    node_named(&tailnet->netmap, given);
	if (node && node->name)
		snprintf(client->name, sizeof(client->name), "%s", node->name);
	client->own = node && node == &tailnet->netmap.self;
	if (node && !(client->own && trace->by_twin) && node_address(node, family, &client->address))
		return 0;
	client->address = address;
	if (!node && is_address && address.family == family && is_source(&address))
		return 0;
	return conf_report_add(report, "--from %s: %s", given,
			       is_address && !is_source(&address) ? "this is not the address of a host" :
								    client_trouble(trace, node));
}
