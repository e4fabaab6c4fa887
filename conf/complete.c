/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The defaults that follow from what the file says, of one row of the directive table each. They are asked in the order of the table, when all lines are
 * read; none of them depends on what another one completes. conf/table.c tells a user the same in words.
 */
#include "conf/complete.h"

#include "conf/gateway.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "conf/value.h"

#include <string.h>

#define MAPPED6 "::ffff:0:0/96"

static bool complete_prefix4(struct conf_prefix4 **list, size_t *count, const char *text)
{
	struct conf_prefix4 *entry = conf_list_append(list, count, sizeof(*entry));
	return entry && conf_prefix4_parse(text, entry) == 0;
}

static bool complete_prefix6(struct conf_prefix6 **list, size_t *count, const char *text)
{
	struct conf_prefix6 *entry = conf_list_append(list, count, sizeof(*entry));
	return entry && conf_prefix6_parse(text, entry) == 0;
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
	return complete_prefix6(&translation->allowed_sources, &translation->allowed_source_count, CONF_TAILNET6) &&
	       (!settings->common.has_twin ||
		complete_prefix4(&translation->allowed_sources4, &translation->allowed_source4_count, CONF_TAILNET4));
}

bool conf_complete_allow_destination(struct conf_settings *settings)
{
	struct conf_common *common = &settings->common;

	if (common->has_twin6 && common->allowed_destination6_count == 0) {
		struct conf_prefix6 *real = conf_list_append(&common->allowed_destinations6,
							     &common->allowed_destination6_count, sizeof(*real));

		if (!real)
			return false;
		*real = common->twin6.real;
	}
	return !conf_settings_is_relay(settings) || common->allowed_destination_count > 0 ||
	       complete_prefix4(&common->allowed_destinations, &common->allowed_destination_count, CONF_TAILNET4);
}

bool conf_complete_deny_destination(struct conf_settings *settings)
{
	struct conf_common *common = &settings->common;

	if (common->has_twin6 &&
	    (!complete_prefix6(&common->denied_destinations6, &common->denied_destination6_count,
			       CONF_TAILNET_RESOLVER6 "/128") ||
	     !complete_prefix6(&common->denied_destinations6, &common->denied_destination6_count, CONF_TAILNET_VIA6)))
		return false;
	return !conf_settings_is_relay(settings) ||
	       complete_prefix4(&common->denied_destinations, &common->denied_destination_count,
				CONF_TAILNET_RESOLVER "/32");
}

bool conf_complete_dns_clients(struct conf_settings *settings)
{
	struct conf_dns *dns = &settings->dns;

	if (!conf_settings_is_relay(settings) || dns->client4_count + dns->client6_count > 0)
		return true;
	return complete_prefix4(&dns->clients4, &dns->client4_count, CONF_TAILNET4) &&
	       complete_prefix4(&dns->clients4, &dns->client4_count, "127.0.0.0/8") &&
	       complete_prefix6(&dns->clients6, &dns->client6_count, CONF_TAILNET6) &&
	       complete_prefix6(&dns->clients6, &dns->client6_count, "::1/128");
}

/* IPv4-mapped addresses in an AAAA record reach nobody (RFC 6147 section 5.1.4). */
bool conf_complete_dns64_exclude(struct conf_settings *settings)
{
	struct conf_dns64 *dns64 = &settings->dns.dns64;

	return !dns64->on || dns64->excluded_count > 0 ||
	       complete_prefix6(&dns64->excluded, &dns64->excluded_count, MAPPED6);
}

static bool complete_advertised(struct conf_settings *settings, struct conf_prefix prefix)
{
	struct conf_prefix *entry = conf_list_append(&settings->node.advertised, &settings->node.advertised_count,
						     sizeof(*entry));

	if (entry)
		*entry = prefix;
	return entry;
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
	bool is_tayga = translation->allowed_source_count == 0 && !conf_gateway_is_meant(settings);
	bool one_network = conf_settings_is_relay(settings) || is_tayga ||
			   (translation->allowed_source_count == 1 && translation->allowed_sources[0].length >= 64);
	uint64_t half = conf_prefix4_size(&translation->dynamic_pool) / 2;

	if (translation->has_dynamic_pool && !one_network && !conf_settings_has(settings, "client-quota"))
		translation->quota.count = half > 0 ? (unsigned)half : 1;
	return true;
}
