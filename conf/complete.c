/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The defaults that follow from what the file says, of one row of the directive table each. They are asked in the order of the table, when all lines are
 * read; none of them depends on what another one completes. conf/table.c tells a user the same in words.
 */
#include "conf/store.h"

#include "conf/gateway.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"

#include <string.h>

#define MAPPED6 "::ffff:0:0/96"

static bool networks_complete(struct conf_networks *networks, const char *text)
{
	struct conf_prefix prefix;

	return conf_prefix_parse(text, &prefix) == 0 && conf_networks_add(networks, &prefix);
}

/* Every real suffix without name servers of its own is asked of MagicDNS; public names are asked from the root on. */
bool conf_complete_upstreams(struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const char *real = settings->dns.split_domains[i].real;
		bool known = strcmp(real, ".") == 0 || conf_split_domain_is_same(&settings->dns.split_domains[i]);
		for (size_t j = 0; j < settings->dns.upstream_count && !known; j++)
			known = conf_domain_is_within(real, settings->dns.upstreams[j].zone);
		if (known)
			continue;
		struct conf_upstream *entry = conf_list_append(&settings->dns.upstreams, &settings->dns.upstream_count,
							       sizeof(*entry));
		if (!entry || !(entry->zone = strdup(real)) || !(entry->server = strdup(CONF_TAILNET_RESOLVER)))
			return false;
	}
	return true;
}

/* A relay is closed by default: the tailnet alone may use it, and reaches the tailnet alone (never MagicDNS). */
bool conf_complete_allow_source(struct conf_settings *settings)
{
	struct conf_translation *translation = &settings->translation;

	if (!conf_settings_is_relay(settings) || conf_settings_has(settings, "allow-source"))
		return true;
	return networks_complete(&translation->allowed_sources, CONF_TAILNET6) &&
	       (!settings->common.has_twin || networks_complete(&translation->allowed_sources, CONF_TAILNET4));
}

bool conf_complete_allow_destination(struct conf_settings *settings)
{
	struct conf_common *common = &settings->common;
	const struct conf_prefix real = {.family = AF_INET6, .v6 = common->twin6.real};

	if (common->has_twin6 && common->allowed_destinations.count6 == 0 &&
	    !conf_networks_add(&common->allowed_destinations, &real))
		return false;
	return !conf_settings_is_relay(settings) || common->allowed_destinations.count4 > 0 ||
	       networks_complete(&common->allowed_destinations, CONF_TAILNET4);
}

bool conf_complete_deny_destination(struct conf_settings *settings)
{
	struct conf_common *common = &settings->common;

	if (common->has_twin6 && (!networks_complete(&common->denied_destinations, CONF_TAILNET_RESOLVER6 "/128") ||
				  !networks_complete(&common->denied_destinations, CONF_TAILNET_VIA6)))
		return false;
	return !conf_settings_is_relay(settings) ||
	       networks_complete(&common->denied_destinations, CONF_TAILNET_RESOLVER "/32");
}

bool conf_complete_dns_clients(struct conf_settings *settings)
{
	struct conf_dns *dns = &settings->dns;

	if (!conf_settings_is_relay(settings) || conf_networks_count(&dns->clients) > 0)
		return true;
	return networks_complete(&dns->clients, CONF_TAILNET4) && networks_complete(&dns->clients, "127.0.0.0/8") &&
	       networks_complete(&dns->clients, CONF_TAILNET6) && networks_complete(&dns->clients, "::1/128");
}

/* IPv4-mapped addresses in an AAAA record reach nobody (RFC 6147 section 5.1.4). */
bool conf_complete_dns64_exclude(struct conf_settings *settings)
{
	struct conf_dns64 *dns64 = &settings->dns.dns64;
	struct conf_prefix6 mapped;

	return !dns64->on || dns64->excluded_count > 0 ||
	       (conf_prefix6_parse(MAPPED6, &mapped) == 0 &&
		conf_list_add(&dns64->excluded, &dns64->excluded_count, &mapped, sizeof(mapped)));
}

static bool complete_advertised(struct conf_settings *settings, struct conf_prefix prefix)
{
	return conf_list_add(&settings->node.advertised, &settings->node.advertised_count, &prefix, sizeof(prefix));
}

bool conf_complete_advertise_prefix(struct conf_settings *settings)
{
	if (settings->node.advertise_none || settings->node.advertised_count > 0)
		return true;
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (!complete_advertised(settings, (struct conf_prefix){.family = AF_INET6,
									.v6 = settings->common.prefixes[i].prefix}))
			return false;
	return (!settings->common.has_twin ||
		complete_advertised(settings, (struct conf_prefix){.family = AF_INET, .v4 = settings->common.twin.twin})) &&
	       (!settings->common.has_twin6 ||
		complete_advertised(settings, (struct conf_prefix){.family = AF_INET6, .v6 = settings->common.twin6.twin}));
}

/* To the users of a relay or a gateway it is a stateful NAT64, which gives such packets a checksum (RFC 6146 section 3.4); TAYGA drops them. */
bool conf_complete_udp_checksum(struct conf_settings *settings)
{
	if (!conf_settings_has(settings, "udp-cksum-mode") &&
	    (conf_settings_is_relay(settings) || conf_gateway_is_meant(settings)))
		settings->translation.udp_checksum = CONF_UDP_CHECKSUM_CALCULATE;
	return true;
}

bool conf_complete_client_prefix_length(struct conf_settings *settings)
{
	if (settings->translation.quota.length == 0)
		settings->translation.quota.length = conf_settings_is_relay(settings) ? 128 : 64;
	return true;
}

/* Where clients come from many networks, none of them may hold more than half of the pool. A tailnet is one network, and so is a
 * gateway's single allow-source of /64. A tayga.conf has no word for it: its clients share the pool as TAYGA's do. */
bool conf_complete_client_quota(struct conf_settings *settings)
{
	struct conf_translation *translation = &settings->translation;
	bool is_tayga = translation->allowed_sources.count6 == 0 && !conf_gateway_is_meant(settings);
	bool one_network = conf_settings_is_relay(settings) || is_tayga ||
			   (translation->allowed_sources.count6 == 1 && translation->allowed_sources.v6[0].length >= 64);
	uint64_t half = conf_prefix4_size(&translation->dynamic_pool) / 2;

	if (translation->has_dynamic_pool && !one_network && !conf_settings_has(settings, "client-quota"))
		translation->quota.count = half > 0 ? (unsigned)half : 1;
	return true;
}
