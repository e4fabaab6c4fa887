/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A grant for a part of the prefixes: who may reach just these hosts by way of the relay. */
#include "relay/setup/tailnet_grants.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/cli/options.h"
#include "relay/cli/print.h"
#include "tailscale/netmap.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { NAME_ROOM = 256 };

/*
 * Is it the node's name, whole or its first label, as it is in the tailnet or below a split domain? A node that another tailnet shares may have the same
 * first label: neither means that one.
 */
static bool name_is(const struct conf_settings *settings, const struct tailscale_node *self,
		    const struct tailscale_node *node, const char *given)
{
	size_t label = strcspn(node->name, "."), length = strlen(given);
	const char *suffix = node->name + label;
	char host[NAME_ROOM];

	if (length == 0 || length >= sizeof(host))
		return false;
	memcpy(host, given, length + 1);
	if (length > 1 && host[length - 1] == '.')
		host[length - 1] = '\0';

	if (strcasecmp(node->name, host) == 0)
		return true;
	if (strncasecmp(node->name, host, label) != 0 || strcasecmp(suffix, self->name + strcspn(self->name, ".")) != 0)
		return false;
	for (size_t i = 0; host[label] == '.' && i < settings->dns.split_domain_count; i++)
		if (strcasecmp(host + label + 1, settings->dns.split_domains[i].split) == 0)
			return true;
	return host[label] == '\0';
}

/* Its first IPv4 address, and its first IPv6 address that a twin6 prefix stands for; family 0: there is none. is_known: it is there. */
struct host {
	struct conf_address four, six;
	bool is_known;
};

static void address_add(struct host *host, const struct conf_settings *settings, const struct conf_address *address)
{
	const struct conf_common *common = &settings->common;

	host->is_known = true;
	if (address->family == AF_INET && host->four.family == 0)
		host->four = *address;
	if (address->family == AF_INET6 && host->six.family == 0 && common->has_twin6 &&
	    conf_prefix6_contains(&common->twin6.real, &address->v6))
		host->six = *address;
}

static void node_add(struct host *host, const struct conf_settings *settings, const struct tailscale_netmap *netmap,
		     const struct tailscale_node *node, const char *name)
{
	for (size_t i = 0; i < node->addresses.count && name_is(settings, &netmap->self, node, name); i++) {
		const struct conf_address address = conf_prefix_address(&node->addresses.items[i]);

		address_add(host, settings, &address);
	}
}

static bool host_find(const struct conf_settings *settings, const struct tailscale_netmap *netmap, const char *name,
		      struct host *host)
{
	struct conf_address address;

	*host = (struct host){0};
	if (conf_address_parse(name, &address) == 0)
		address_add(host, settings, &address);
	if (netmap)
		node_add(host, settings, netmap, &netmap->self, name); /* its page answers inside the prefix */
	for (size_t i = 0; netmap && i < netmap->peer_count; i++)
		node_add(host, settings, netmap, &netmap->peers[i], name);
	return host->four.family != 0 || host->six.family != 0;
}

static void target_add6(json_t *targets, struct in6_addr address)
{
	const struct conf_prefix6 host = {address, 128};
	char text[CONF_PREFIX_TEXT];

	json_array_append_new(targets, json_string(conf_prefix6_print(&host, text)));
}

static void targets_add(json_t *targets, const struct conf_settings *settings, const struct host *host)
{
	const struct conf_common *common = &settings->common;
	struct conf_prefix4 moved4 = {.length = 32};
	struct in6_addr moved6;
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; host->four.family != 0 && i < common->prefix_count; i++)
		target_add6(targets, conf_rfc6052_embed(&common->prefixes[i].prefix, host->four.v4));
	if (host->four.family != 0 && common->has_twin &&
	    conf_prefix4_move(&common->twin.real, &common->twin.twin, host->four.v4, &moved4.address))
		json_array_append_new(targets, json_string(conf_prefix4_print(&moved4, text)));
	if (host->six.family != 0 && conf_prefix6_move(&common->twin6.real, &common->twin6.twin, &host->six.v6, &moved6))
		target_add6(targets, moved6);
}

int relay_tailnet_grants_for(const struct conf_settings *settings, const struct tailscale_netmap *netmap,
			     const struct conf_words *hosts, bool json, struct conf_report *report)
{
	json_auto_t *grant = json_pack("{s:[s], s:[], s:[s]}", "src", "autogroup:member", "dst", "ip", "*");
	struct host host;
	int result = 0;

	for (size_t i = 0; i < hosts->count; i++)
		if (host_find(settings, netmap, hosts->items[i], &host)) {
			targets_add(json_object_get(grant, "dst"), settings, &host);
		} else {
			result = conf_report_add(
				report, "--for %s: %s", hosts->items[i],
				host.is_known ? "this host has no IPv4 address, and no twin6-prefix stands for its IPv6 "
						"address: the prefix does not lead to it" :
						"this node sees no such host in the tailnet: give its name in the tailnet, "
						"or its address");
		}
	if (result == 0 && json) {
		relay_print_json(grant);
	} else if (result == 0) {
		puts("Instead of the grant for the whole prefix (replace autogroup:member by your clients):");
		json_dumpf(grant, stdout, 0);
		puts(",");
	}
	return result;
}
