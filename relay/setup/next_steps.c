/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person has left to do in the admin console, or in headscale: approve the routes, hand the split domains to this
 * resolver, let clients in. What can be seen to be done already is not printed: an approved route is among the node's
 * allowed addresses; a split domain that MagicDNS hands to us answers with a SOA of its own.
 */
#include "relay/setup/next_steps.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "relay/ask/resolver.h"
#include "relay/ask/tailnet.h"
#include "relay/check/grant.h"
#include "relay/check/judge_tailnet.h"
#include "relay/cli/print.h"
#include "relay/host/machine.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"
#include "tailscale/value.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MAGIC_DNS_MS = 1500 };

/* What is known while the list is printed. */
struct left {
	const struct conf_settings *settings;
	const struct tailscale_status *status; /* NULL: no tailscaled to ask */
	const struct tailscale_netmap *netmap; /* NULL: not told */
	struct tailscale_list advertised;      /* routes of this node, others' too; empty when they are not known */
	bool is_silent;                        /* MagicDNS gave no answer: it is not asked again */
	bool is_headscale;
	bool zones_begun; /* the head of the list of zones is printed */
	unsigned number;  /* of the last point */
};

static void point_begin(struct left *left, const char *text)
{
	if (left->number++ == 0)
		relay_print_heading("\nWhat is left to do%s:", !left->status      ? "" :
							       left->is_headscale ? " in headscale" :
										    " in Tailscale's admin console");
	printf("%u. %s\n", left->number, text);
}

/* headscale does not tell a node when an approval is taken back; its packet filter names a prefix only while it is approved. */
static bool route_is_approved(const struct left *left, const struct conf_prefix *prefix)
{
	enum relay_permission permission = RELAY_PERMIT_ANY;

	if (left->is_headscale && left->netmap)
		permission = relay_judge_permission(left->netmap, prefix, IPPROTO_TCP, -1);
	return permission == RELAY_PERMIT_ANY ? tailscale_status_is_approved(left->status, prefix) :
						permission == RELAY_PERMIT_NAMED;
}

/* headscale replaces the whole list: what is approved already must stand in it too. */
static void routes_join(const struct left *left, char *text, size_t size)
{
	const struct conf_settings *settings = left->settings;
	char route[CONF_PREFIX_TEXT];
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < left->status->allowed_ips.count; i++) {
		const char *allowed = left->status->allowed_ips.items[i];
		const char *slash = strchr(allowed, '/');

		if (slash && strcmp(slash, "/32") != 0 && strcmp(slash, "/128") != 0 && length < size)
			length += (size_t)snprintf(text + length, size - length, "%s,", allowed);
	}
	for (size_t i = 0; i < settings->node.advertised_count; i++)
		if (!tailscale_status_is_approved(left->status, &settings->node.advertised[i]) && length < size)
			length += (size_t)snprintf(text + length, size - length, "%s,",
						   conf_prefix_print(&settings->node.advertised[i], route));
	text[strlen(text) - (length > 0)] = '\0';
}

static bool is_ours(const struct conf_settings *settings, const char *route)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->node.advertised_count; i++)
		if (strcmp(conf_prefix_print(&settings->node.advertised[i], text), route) == 0)
			return true;
	return false;
}

/* headscale does not tell a node of an approval that no policy rule lets it use: name the routes that may have one. */
static void replaced_print(const struct left *left)
{
	const char *separator = "     This replaces the list of approved routes. Append each of these that is approved: ";

	for (size_t i = 0; i < left->advertised.count; i++) {
		const char *route = left->advertised.items[i];

		if (is_ours(left->settings, route) || tailscale_list_contains(&left->status->allowed_ips, route))
			continue;
		printf("%s%s", separator, route);
		separator = ",";
	}
	if (*separator == ',')
		putchar('\n');
}

static void approval_print(struct left *left)
{
	const struct conf_settings *settings = left->settings;
	char text[CONF_PREFIX_TEXT], all[512];
	bool missing = false;

	for (size_t i = 0; i < settings->node.advertised_count; i++)
		missing |= !route_is_approved(left, &settings->node.advertised[i]);
	if (!missing)
		return;
	point_begin(left, left->is_headscale ?
				  "Approve the route of this node, unless \"headscale nodes list-routes\" shows that it is:" :
				  "Approve the route of this node:");
	routes_join(left, all, sizeof(all));
	if (left->is_headscale) {
		printf("     headscale nodes approve-routes --identifier %s --routes %s\n", left->status->id, all);
		replaced_print(left);
		return;
	}
	printf("     https://login.tailscale.com/admin/machines > %s > Edit route settings > tick", left->status->dns_name);
	for (size_t i = 0; i < settings->node.advertised_count; i++)
		printf(" %s", conf_prefix_print(&settings->node.advertised[i], text));
	puts("\n     or once and for all, in the policy file, for a relay with the tag tag:relay:");
	printf("     \"autoApprovers\": {\"routes\": {");
	for (size_t i = 0; i < settings->node.advertised_count; i++)
		printf("%s\"%s\": [\"tag:relay\"]", i > 0 ? ", " : "",
		       conf_prefix_print(&settings->node.advertised[i], text));
	puts("}}");
}

/* Does tailscaled's own DNS configuration hand this zone to us? Another relay of the same zone would answer as we do. */
static bool zone_is_ours(const struct left *left, const char *zone)
{
	const struct tailscale_zone *found = tailscale_netmap_zone(left->netmap, zone);

	for (size_t i = 0; found && i < found->resolver_count; i++)
		for (size_t j = 0; j < left->settings->dns.edge_address_count; j++)
			if (conf_address_equals(&found->resolvers[i], &left->settings->dns.edge_addresses[j]))
				return true;
	return false;
}

/* Does MagicDNS hand this zone to our resolver? Where tailscaled does not tell its configuration, it is asked. */
static bool zone_is_split(struct left *left, const char *zone)
{
	struct conf_address magic = {.family = AF_INET};
	int handed;

	if (left->netmap)
		return zone_is_ours(left, zone);
	if (!left->status || left->is_silent)
		return false;
	inet_pton(AF_INET, CONF_TAILNET_RESOLVER, &magic.v4);
	handed = relay_resolver_hands_over(&magic, zone, MAGIC_DNS_MS);
	left->is_silent = handed < 0;
	return handed > 0;
}

/* The head of the list of zones, and one zone of it, as the control plane wants it written. */
static void zones_begin(struct left *left)
{
	point_begin(left, "Split DNS: send these names to this relay (arpa: reverse look-ups):");
	if (left->is_headscale)
		puts("     in config.yaml, then restart headscale:\n     dns:\n       nameservers:\n         split:");
	else if (left->status)
		puts("     https://login.tailscale.com/admin/dns > Add nameserver > Custom, with Restrict to domain:");
}

/* One wanted zone, unless it is handed to us already. */
static void zone_print(void *context, const struct relay_wanted_zone *zone)
{
	const char *remark = zone->is_wide ? "  # not where other addresses in it have names of their own" : "";
	struct left *left = context;
	char address[INET6_ADDRSTRLEN];

	if (zone_is_split(left, zone->within))
		return;
	if (!left->zones_begun)
		zones_begin(left);
	left->zones_begun = true;
	relay_wanted_resolver(left->settings, address);
	if (left->is_headscale)
		printf("           \"%s\": [\"%s\"]%s\n", zone->name, address, remark);
	else
		printf("     %s > %s%s\n", zone->name, address, remark);
}

static void dns_print(struct left *left)
{
	relay_wanted_zones(left->settings, zone_print, left);
}

static void policy_print(struct left *left)
{
	char line[1000];

	point_begin(left,
		    "If your policy does not allow everything: let clients use the relay, and the relay reach its targets:");
	for (enum relay_grant grant = RELAY_GRANT_DNS; grant < RELAY_GRANTS; grant++)
		if (relay_grant_is_needed(grant, left->settings))
			printf("%s%s", grant == RELAY_GRANT_DNS ? "     \"grants\": [" : ",\n                ",
			       relay_grant_print(grant, left->settings, NULL, line, sizeof(line)));
	puts("]");
	puts("   On Linux clients: tailscale set --accept-routes");
}

static void without_tailscale_print(struct left *left)
{
	char text[CONF_PREFIX_TEXT];

	point_begin(left, "Clients must route these to this node:");
	for (size_t i = 0; i < left->settings->common.prefix_count; i++)
		printf("     %s\n", conf_prefix6_print(&left->settings->common.prefixes[i].prefix, text));
	if (left->settings->common.has_twin6)
		printf("     %s\n", conf_prefix6_print(&left->settings->common.twin6.twin, text));
	if (left->settings->common.has_twin)
		printf("     %s\n", conf_prefix4_print(&left->settings->common.twin.twin, text));
	dns_print(left);
}

bool relay_next_steps_print(const struct conf_settings *settings)
{
	struct left left = {.settings = settings};
	struct tailscale_status status;
	struct tailscale_netmap netmap;
	struct tailscale_prefs prefs = {0};

	if (settings->node.advertise_none) {
		without_tailscale_print(&left);
	} else if (tailscale_status_read(settings->node.tailscale_socket, &status, CONF_REPORT_DISCARD) == 0) {
		bool known = tailscale_prefs_read(settings->node.tailscale_socket, &prefs, CONF_REPORT_DISCARD) == 0;

		left.status = &status;
		if (tailscale_netmap_read(settings->node.tailscale_socket, &netmap, CONF_REPORT_DISCARD) == 0)
			left.netmap = &netmap;
		if (known) {
			left.is_headscale = relay_tailnet_is_headscale(&prefs);
			left.advertised = prefs.advertise_routes;
		}
		approval_print(&left);
		dns_print(&left);
		if (left.number > 0) {
			policy_print(&left);
			puts("With a key to its API: nat64-relay tailnet plan shows this as a diff, apply does it.");
		}
		if (known)
			tailscale_prefs_clear(&prefs);
		if (left.netmap)
			tailscale_netmap_clear(&netmap);
		tailscale_status_clear(&status);
	}
	return left.number > 0;
}

void relay_wanted_zones(const struct conf_settings *settings, relay_wanted_visitor *visit, void *context)
{
	struct relay_wanted_zone zone = {.is_wide = false};
	char name[CONF_REVERSE_TEXT];

	if (settings->dns.edge_address_count == 0)
		return;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		zone.name = zone.within = settings->dns.split_domains[i].split;
		visit(context, &zone);
	}
	zone.name = zone.within = name;
	for (size_t i = 0; settings->dns.split_domain_count > 0 && i < settings->common.prefix_count; i++) {
		conf_prefix6_print_reverse(&settings->common.prefixes[i].prefix, name);
		visit(context, &zone);
	}
	if (settings->common.has_twin6 && settings->dns.split_domain_count > 0) {
		zone.name = zone.within = conf_prefix6_print_reverse(&settings->common.twin6.twin, name);
		visit(context, &zone);
	}
	if (settings->common.has_twin && settings->dns.split_domain_count > 0) {
		conf_prefix4_print_reverse(&settings->common.twin.twin, 0, name);
		zone.is_wide = conf_prefix4_reverse_zones(&settings->common.twin.twin) > 1;
		zone.name = zone.is_wide ? strchr(name, '.') + 1 : name;
		visit(context, &zone);
	}
}

const char *relay_wanted_resolver(const struct conf_settings *settings, char *text)
{
	return relay_machine_address_print(&settings->dns.edge_addresses[0], text);
}
