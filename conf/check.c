/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no single line can tell: the settings as a whole. Nothing here asks the machine. */
#include "conf/check.h"

#include "conf/mapfile.h"
#include "conf/networks.h"
#include "conf/policy.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/tailnet.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <netinet/in.h>
#include <string.h>

enum { DNS_PORT = 53 };

/* At the line of one entry. */
#define REFUSE_AT(line, ...) conf_report_add_at(report, settings->file, line, __VA_ARGS__)

/* Is the upstream one of our own edge addresses, where the resolver listens on port 53? */
static bool upstream_is_us(const struct conf_settings *settings, const char *server)
{
	struct conf_server parts;

	return conf_server_parse(server, &parts) == 0 && parts.port == DNS_PORT &&
	       conf_tailnet_is_edge(settings, &parts.address);
}

static void check_upstreams(const struct conf_settings *settings, struct conf_report *report)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (upstream_is_us(settings, settings->dns.upstreams[i].server))
			REFUSE_AT(settings->dns.upstreams[i].line,
				  "upstream-dns %s %s is this relay's own edge-address: it would ask itself. Name a "
				  "server that knows the real names, such as 100.100.100.100",
				  settings->dns.upstreams[i].zone, settings->dns.upstreams[i].server);
}

/* Have two split domains the same real suffix? Then it is told once. */
static bool real_was_seen(const struct conf_settings *settings, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(settings->dns.split_domains[i].real, settings->dns.split_domains[before].real) == 0)
			return true;
	return false;
}

/* The most specific split domain that a name lies in, or NULL. */
static const struct conf_split_domain *domain_around(const struct conf_settings *settings, const char *name)
{
	const struct conf_split_domain *found = NULL;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];
		if (conf_domain_is_within(name, domain->split) && (!found || strlen(domain->split) > strlen(found->split)))
			found = domain;
	}
	return found;
}

static void check_domains(const struct conf_settings *settings, struct conf_report *report)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const struct conf_split_domain *domain = &settings->dns.split_domains[i];
		const struct conf_split_domain *around = domain_around(settings, domain->real);
		if (around && !conf_split_domain_is_same(around) && !real_was_seen(settings, i))
			REFUSE_AT(domain->line,
				  "the real suffix \"%s\" lies below the split domain \"%s\": a query would lead to "
				  "itself. Choose a split domain that does not contain the real suffix, or that is the "
				  "same",
				  domain->real, around->split);
		if (conf_domain_is_within("ip6.arpa", domain->split) ||
		    conf_domain_is_within("in-addr.arpa", domain->split))
			REFUSE_AT(domain->line, "\"%s\" is the zone of reverse names: choose another split domain",
				  domain->split);
		if (!conf_settings_prefix_of(settings, domain->split))
			REFUSE_AT(domain->line, "no prefix serves \"%s\": add a line \"prefix fdXX:...::/96\"",
				  domain->split);
	}
	if (conf_settings_is_relay(settings) && !conf_tailnet_has_edge(settings))
		CONF_CONTRADICTION("split-domain",
				   "no edge-address: add this node's address in the overlay (tailscale ip), on which the resolver "
				   "listens");
}

/* True when there is such a split domain. */
static bool domain_is_known(const struct conf_settings *settings, const char *split)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		if (strcmp(settings->dns.split_domains[i].split, split) == 0)
			return true;
	return false;
}

/* One real suffix is validated, or it is not; and the root is everybody's. */
static void check_dnssec(const struct conf_settings *settings, const struct conf_split_domain *domain,
			 struct conf_report *report)
{
	const struct conf_policy *policy = conf_policy_of(settings, domain->split);

	if (!policy || policy->dnssec == CONF_DNSSEC_DEFAULT)
		return;
	if (strcmp(domain->real, ".") == 0 && policy->dnssec == CONF_DNSSEC_INSECURE)
		REFUSE_AT(policy->line,
			  "dnssec-policy %s insecure would end the validation of every name, because its real suffix "
			  "is the root: write a split-domain for the names that are insecure",
			  domain->split);
	for (const struct conf_split_domain *other = settings->dns.split_domains; other < domain; other++) {
		const struct conf_policy *with = conf_policy_of(settings, other->split);

		if (with && with->dnssec != CONF_DNSSEC_DEFAULT && with->dnssec != policy->dnssec &&
		    strcmp(other->real, domain->real) == 0)
			REFUSE_AT(policy->line,
				  "the split domains \"%s\" and \"%s\" have the same real suffix, \"%s\": give them "
				  "the same dnssec-policy",
				  other->split, domain->split, domain->real);
	}
}

static void check_policies(const struct conf_settings *settings, struct conf_report *report)
{
	for (size_t i = 0; i < settings->dns.policy_count; i++) {
		const char *split = settings->dns.policies[i].split;

		if (!domain_is_known(settings, split))
			REFUSE_AT(settings->dns.policies[i].line,
				  "\"%s\" is not a split domain: add a line \"split-domain %s REAL\"", split, split);
		if (settings->dns.policies[i].a == CONF_A_TWIN && !settings->common.has_twin)
			REFUSE_AT(settings->dns.policies[i].line,
				  "a-policy %s twin needs a line \"twin-prefix 10.192.0.0/10\"", split);
		if (settings->dns.policies[i].twin6_first && !settings->common.has_twin6)
			REFUSE_AT(settings->dns.policies[i].line,
				  "aaaa-policy %s twin6 needs a line \"twin6-prefix fdXX:...::/48\"", split);
	}
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		check_dnssec(settings, &settings->dns.split_domains[i], report);
}

static void check_prefixes(const struct conf_settings *settings, struct conf_report *report)
{
	char a[CONF_PREFIX_TEXT], b[CONF_PREFIX_TEXT];
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_nat64_prefix *entry = &settings->common.prefixes[i];
		for (size_t j = 0; j < i; j++) {
			if (conf_prefix6_overlaps(&entry->prefix, &settings->common.prefixes[j].prefix))
				REFUSE_AT(entry->line, "the prefixes %s and %s overlap",
					  conf_prefix6_print(&settings->common.prefixes[j].prefix, a),
					  conf_prefix6_print(&entry->prefix, b));
		}
		for (size_t d = 0; d < entry->domain_count; d++) {
			if (!domain_is_known(settings, entry->domains[d]))
				REFUSE_AT(entry->line,
					  "prefix %s names \"%s\", which is not a split domain: add a line "
					  "\"split-domain %s REAL\"",
					  conf_prefix6_print(&entry->prefix, a), entry->domains[d], entry->domains[d]);
		}
		for (size_t s = 0; s < settings->translation.allowed_sources.count6; s++)
			if (conf_prefix6_overlaps(&entry->prefix, &settings->translation.allowed_sources.v6[s]))
				REFUSE_AT(entry->line,
					  "the prefix %s overlaps allow-source %s: clients cannot live inside it",
					  conf_prefix6_print(&entry->prefix, a),
					  conf_prefix6_print(&settings->translation.allowed_sources.v6[s], b));
	}
}

static void check_pool(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_prefix4 shared = conf_special_shared_space();
	char pool[CONF_PREFIX_TEXT], other[CONF_PREFIX_TEXT];
	if (!settings->translation.has_dynamic_pool)
		return;
	conf_prefix4_print(&settings->translation.dynamic_pool, pool);
	if (conf_settings_is_relay(settings) && conf_prefix4_overlaps(&settings->translation.dynamic_pool, &shared))
		CONF_CONTRADICTION("dynamic-pool",
				   "the pool %s overlaps 100.64.0.0/10, whose sources Tailscale drops: choose a private range, "
				   "such as 192.168.240.0/20",
				   pool);
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == AF_INET &&
		    conf_prefix4_contains(&settings->translation.dynamic_pool, settings->dns.edge_addresses[i].v4))
			CONF_CONTRADICTION("dynamic-pool", "the pool %s contains an edge-address: choose another range",
					   pool);
	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++) {
		const struct conf_prefix4 *allowed = &settings->common.allowed_destinations.v4[i];
		if (conf_prefix4_covers(&settings->translation.dynamic_pool, allowed))
			CONF_CONTRADICTION("dynamic-pool",
					   "the pool %s contains allow-destination %s: choose another range", pool,
					   conf_prefix4_print(allowed, other));
	}
	if (conf_settings_is_relay(settings) && !conf_own_leaves_some(settings))
		CONF_CONTRADICTION("dynamic-pool",
				   "the pool %s has no address to lease: choose a larger one, such as 192.168.240.0/20",
				   pool);
	if (settings->translation.device_address.s_addr != 0 &&
	    settings->translation.device_address.s_addr == settings->translation.ipv4_address.s_addr)
		CONF_CONTRADICTION("device-address",
				   "device-address and ipv4-addr are the same: one is the kernel's, one the translator's");
}

static void refuse_icmp_pool(const struct conf_settings *settings, const struct conf_prefix4 *pool, const char *keyword,
			     const struct conf_prefix4 *other, struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT], other_text[CONF_PREFIX_TEXT];

	CONF_CONTRADICTION("icmp-pool", "icmp-pool %s overlaps %s %s: choose another range",
			   conf_prefix4_print(pool, text), keyword, conf_prefix4_print(other, other_text));
}

static void check_icmp_pool(const struct conf_settings *settings, struct conf_report *report)
{
	for (size_t i = 0; i < settings->translation.icmp.pool_count; i++) {
		const struct conf_prefix4 *pool = &settings->translation.icmp.pool[i];

		if (settings->translation.has_dynamic_pool &&
		    conf_prefix4_overlaps(pool, &settings->translation.dynamic_pool))
			refuse_icmp_pool(settings, pool, "dynamic-pool", &settings->translation.dynamic_pool, report);
		for (size_t m = 0; m < settings->translation.map_count; m++)
			if (conf_prefix4_overlaps(pool, &settings->translation.maps[m].v4))
				refuse_icmp_pool(settings, pool, "map", &settings->translation.maps[m].v4, report);
	}
}

static void check_translator(const struct conf_settings *settings, struct conf_report *report)
{
	if (settings->common.prefix_count == 0 && settings->translation.map_count == 0 && !settings->translation.map_file)
		conf_report_add(report, "%s: no prefix: add a line \"prefix fdXX:...::/96\" (nat64-relay init writes one)",
				settings->file);
	if (settings->translation.ipv4_address.s_addr == 0 && settings->translation.has_dynamic_pool)
		CONF_CONTRADICTION("dynamic-pool",
				   "the maps leave the translator no address of the pool: add a line \"ipv4-addr ADDRESS\"");
	else if (settings->translation.ipv4_address.s_addr == 0)
		conf_report_add(report,
				"%s: no dynamic-pool and no ipv4-addr: add a line \"dynamic-pool 192.168.240.0/20\", or, for "
				"maps alone, \"ipv4-addr ADDRESS\"",
				settings->file);
	if (IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address) && settings->common.prefix_count == 0)
		conf_report_add(report, "%s: no prefix to derive ipv6-addr from: add a line \"ipv6-addr ADDRESS\"",
				settings->file);
}

/* The settings' own maps; those of a map-file are here only when they contradict nothing. */
static void check_maps(const struct conf_settings *settings, struct conf_report *report)
{
	char text[CONF_MAP_CONTRADICTION_TEXT], v4[CONF_PREFIX_TEXT], v6[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->translation.map_count; i++) {
		const struct conf_map *map = &settings->translation.maps[i];
		const char *why = conf_map_contradiction(settings, map, text);

		conf_prefix4_print(&map->v4, v4);
		conf_prefix6_print(&map->v6, v6);
		if (why)
			REFUSE_AT(map->line, "map %s %s %s", v4, v6, why);
		for (size_t j = 0; j < i; j++)
			if (conf_maps_contradict(map, &settings->translation.maps[j]))
				REFUSE_AT(map->line,
					  "map %s %s repeats a network of the map on line %u: remove one of them", v4,
					  v6, settings->translation.maps[j].line);
	}
}

/* Of the network of a site, for example, whole. */
static bool is_global_nowhere(const struct conf_prefix4 *network)
{
	struct conf_prefix4 range;

	for (size_t i = 0; conf_special_range4(i, &range); i++)
		if (conf_prefix4_covers(&range, network))
			return !conf_special_is_global4(network->address);
	return false;
}

/* Does the prefix serve a split domain? One for dns64 alone may stand beside that of the names. */
static bool serves_names(const struct conf_settings *settings, size_t prefix)
{
	for (size_t d = 0; d < settings->dns.split_domain_count; d++)
		if (conf_settings_prefix_serves(settings, prefix, settings->dns.split_domains[d].split))
			return true;
	return false;
}

/* 64:ff9b::/96 in a relay of a tailnet or of a site: names would be answered with addresses that the translator refuses. */
static void check_well_known(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_prefix4 shared = conf_special_shared_space();
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		if (!conf_rfc6052_wants_global(settings, &settings->common.prefixes[i].prefix))
			continue;
		for (size_t d = 0; d < settings->common.allowed_destinations.count4; d++) {
			const struct conf_prefix4 *allowed = &settings->common.allowed_destinations.v4[d];
			char text[CONF_PREFIX_TEXT];
			if (conf_prefix4_covers(&shared, allowed) ||
			    (serves_names(settings, i) && is_global_nowhere(allowed)))
				REFUSE_AT(settings->common.prefixes[i].line,
					  "64:ff9b::/96 may not hold %s, which is not global (RFC 6052 section 3.1): "
					  "choose a unique local prefix, such as fd64:9929::/96, or write wkpf-strict "
					  "off",
					  conf_prefix4_print(allowed, text));
		}
	}
}

/* What a name says of an interface that leads to no site; NULL: it may lead to one. */
static const char *lan_not(const struct conf_settings *settings)
{
	const char *name = settings->node.lan_interface;

	return strcmp(name, settings->node.overlay_interface) == 0 ? "the overlay-interface" :
	       strcmp(name, settings->translation.tun_device) == 0 ? "the tun-device" :
	       strcmp(name, "lo") == 0                             ? "the loopback interface" :
								     NULL;
}

/* Where everything is reached, or nothing beyond the overlay, no interface is that of a site. */
static void check_lan(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_prefix tailnet4 = {.family = AF_INET, .v4 = conf_special_shared_space()};
	const struct conf_prefix tailnet6 = {.family = AF_INET6, .v6 = conf_special_tailnet6()};
	char text[CONF_PREFIX_TEXT];
	bool beyond = false;

	if (!settings->node.lan_interface)
		return;
	if (lan_not(settings))
		CONF_CONTRADICTION("lan-interface", "%s is %s: name the one that leads to the site's own network",
				   settings->node.lan_interface, lan_not(settings));
	for (size_t i = 0; i < conf_networks_count(&settings->common.allowed_destinations); i++) {
		const struct conf_prefix allowed = conf_networks_at(&settings->common.allowed_destinations, i);
		const struct conf_prefix *overlay = allowed.family == AF_INET ? &tailnet4 : &tailnet6;

		beyond |= !conf_prefix_covers(overlay, &allowed);
		if (!conf_prefix_covers(overlay, &allowed) && conf_prefix_overlaps(overlay, &allowed))
			CONF_CONTRADICTION("lan-interface",
					   "lan-interface %s would cut off the tailnet, whose addresses lie in allow-destination %s: "
					   "name the site's own networks",
					   settings->node.lan_interface, conf_prefix_print(&allowed, text));
	}
	if (!beyond)
		CONF_CONTRADICTION("lan-interface",
				   "lan-interface %s, but no destination beyond the overlay is allowed: name the site's network, "
				   "as in \"allow-destination 10.0.0.0/24\"",
				   settings->node.lan_interface);
}

static void check_advertised(const struct conf_settings *settings, struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT];
	if (settings->node.advertise_none && settings->node.advertised_count > 0)
		CONF_CONTRADICTION("advertise-prefix",
				   "advertise-prefix none, and advertise-prefix %s: leave one of them out",
				   conf_prefix_print(&settings->node.advertised[0], text));
}

void conf_advertised_note(struct conf_settings *settings)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; conf_settings_is_relay(settings) && i < settings->node.advertised_count; i++)
		if (!conf_settings_advertise_own(settings, &settings->node.advertised[i]))
			conf_report_add_at(
				&settings->notices, settings->file, conf_settings_line(settings, "advertise-prefix"),
				"advertise-prefix %s is not a prefix of this relay: no translator serves the packets "
				"that clients send there",
				conf_prefix_print(&settings->node.advertised[i], text));
}

int conf_check(const struct conf_settings *settings, struct conf_report *report)
{
	size_t before = report->count;
	check_domains(settings, report);
	check_upstreams(settings, report);
	check_policies(settings, report);
	check_prefixes(settings, report);
	check_pool(settings, report);
	check_translator(settings, report);
	check_maps(settings, report);
	check_well_known(settings, report);
	check_lan(settings, report);
	check_advertised(settings, report);
	conf_twin_check(settings, report);
	conf_twin6_check(settings, report);
	check_icmp_pool(settings, report);
	conf_gateway_check(settings, report);
	conf_http_check(settings, report);
	conf_probe_check(settings, report);
	return report->count == before ? 0 : -1;
}
