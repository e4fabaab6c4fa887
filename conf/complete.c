/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The defaults. A value whose default is no "not given" is set before the file is read; all others are filled in behind it, for
 * some follow from what the file says. conf/directive.c tells a user the same in words.
 */
#include "conf/complete.h"

#include "conf/gateway.h"
#include "conf/limit.h"
#include "conf/settings.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <string.h>

#define MAGIC_DNS "100.100.100.100" /* Tailscale's resolver on every node */
#define TAILNET4 "100.64.0.0/10"
#define TAILNET6 "fd7a:115c:a1e0::/48"
#define MAPPED6 "::ffff:0:0/96"
#define ICMP_RATE 1000 /* a second; as Linux limits its own */
#define LEAST_MTU 1280 /* that every IPv6 link carries (RFC 8200 section 5) */

void conf_complete_before(struct conf_settings *settings)
{
	settings->translation.offlink_mtu = LEAST_MTU;
	settings->translation.icmp.rate = ICMP_RATE;
	settings->common.well_known_strict = true;
}

/* A default path or name where the file gave none. */
static bool complete_text(char **place, const char *fallback)
{
	if (!*place)
		*place = strdup(fallback);
	return *place;
}

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
static bool complete_upstreams(struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		const char *real = settings->dns.split_domains[i].real;
		bool known = strcmp(real, ".") == 0 || conf_split_domain_is_same(&settings->dns.split_domains[i]);
		for (size_t j = 0; j < settings->dns.upstream_count && !known; j++)
			known = conf_domain_is_within(real, settings->dns.upstreams[j].zone);
		if (known)
			continue;
		struct conf_upstream *entry =
			conf_list_append(&settings->dns.upstreams, &settings->dns.upstream_count, sizeof(*entry));
		if (!entry || !(entry->zone = strdup(real)) || !(entry->server = strdup(MAGIC_DNS)))
			return false;
	}
	return true;
}

static bool complete_sources(struct conf_settings *settings)
{
	return complete_prefix6(&settings->translation.allowed_sources, &settings->translation.allowed_source_count, TAILNET6) &&
	       (!settings->common.has_twin || complete_prefix4(&settings->translation.allowed_sources4, &settings->translation.allowed_source4_count, TAILNET4));
}

/* A relay is closed by default: the tailnet alone may use it, and reaches the tailnet alone (never MagicDNS). */
static bool complete_access(struct conf_settings *settings)
{
	if (!conf_settings_is_relay(settings))
		return true;
	if (!conf_settings_has(settings, "allow-source") && !complete_sources(settings))
		return false;
	if (settings->common.allowed_destination_count == 0 &&
	    !complete_prefix4(&settings->common.allowed_destinations, &settings->common.allowed_destination_count, TAILNET4))
		return false;
	if (!complete_prefix4(&settings->common.denied_destinations, &settings->common.denied_destination_count, MAGIC_DNS "/32"))
		return false;
	if (settings->dns.client4_count + settings->dns.client6_count > 0)
		return true;
	return complete_prefix4(&settings->dns.clients4, &settings->dns.client4_count, TAILNET4) &&
	       complete_prefix4(&settings->dns.clients4, &settings->dns.client4_count, "127.0.0.0/8") &&
	       complete_prefix6(&settings->dns.clients6, &settings->dns.client6_count, TAILNET6) &&
	       complete_prefix6(&settings->dns.clients6, &settings->dns.client6_count, "::1/128");
}

/* IPv4-mapped addresses in an AAAA record reach nobody (RFC 6147 section 5.1.4). */
static bool complete_dns64(struct conf_dns64 *dns64)
{
	return !dns64->on || dns64->excluded_count > 0 ||
	       complete_prefix6(&dns64->excluded, &dns64->excluded_count, MAPPED6);
}

static bool complete_advertised(struct conf_settings *settings)
{
	struct conf_prefix *entry;

	if (settings->node.advertise_none || settings->node.advertised_count > 0)
		return true;
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		entry = conf_list_append(&settings->node.advertised, &settings->node.advertised_count, sizeof(*entry));
		if (!entry)
			return false;
		*entry = (struct conf_prefix){ .family = AF_INET6, .v6 = settings->common.prefixes[i].prefix };
	}
	if (!settings->common.has_twin)
		return true;
	entry = conf_list_append(&settings->node.advertised, &settings->node.advertised_count, sizeof(*entry));
	if (entry)
		*entry = (struct conf_prefix){ .family = AF_INET, .v4 = settings->common.twin.twin };
	return entry;
}

/* To the users of a relay or a gateway it is a stateful NAT64, which gives such packets a checksum (RFC 6146 section 3.4); TAYGA drops them. */
static void complete_udp_checksum(struct conf_settings *settings)
{
	if (!conf_settings_has(settings, "udp-cksum-mode") &&
	    (conf_settings_is_relay(settings) || conf_gateway_is_meant(settings)))
		settings->translation.udp_checksum = CONF_UDP_CHECKSUM_CALCULATE;
}

/* Where clients come from many networks, none of them may hold more than half of the pool. A tailnet is one network, and so is a
 * gateway's single allow-source of /64. A tayga.conf has no word for it: its clients share the pool as TAYGA's do. */
static void complete_quota(struct conf_settings *settings)
{
	bool is_tayga = settings->translation.allowed_source_count == 0 && !conf_gateway_is_meant(settings);
	bool one_network = conf_settings_is_relay(settings) || is_tayga ||
			   (settings->translation.allowed_source_count == 1 && settings->translation.allowed_sources[0].length >= 64);
	uint64_t half = conf_prefix4_size(&settings->translation.dynamic_pool) / 2;

	if (settings->translation.quota.length == 0)
		settings->translation.quota.length = conf_settings_is_relay(settings) ? 128 : 64;
	if (settings->translation.has_dynamic_pool && !one_network && !conf_settings_has(settings, "client-quota"))
		settings->translation.quota.count = half > 0 ? (unsigned)half : 1;
}

bool conf_complete(struct conf_settings *settings)
{
	complete_quota(settings);
	complete_udp_checksum(settings);
	conf_limit_complete(settings);
	return complete_text(&settings->translation.tun_device, "nat64") && complete_text(&settings->node.overlay_interface, "tailscale0") &&
	       complete_text(&settings->node.tailscale_socket, "/var/run/tailscale/tailscaled.sock") &&
	       complete_text(&settings->node.user, RELAY_USER) && complete_text(&settings->node.data_dir, RELAY_DATA_DIR) &&
	       complete_text(&settings->node.runtime_dir, RELAY_RUNTIME_DIR) &&
	       complete_text(&settings->node.unbound_include_dir, RELAY_UNBOUND_INCLUDE_DIR) &&
	       complete_text(&settings->node.unbound_program, RELAY_UNBOUND_PROGRAM) &&
	       complete_text(&settings->node.unbound_module, RELAY_UNBOUND_MODULE) &&
	       complete_text(&settings->dns.resolver.tls_cert_bundle, CONF_TLS_CERT_BUNDLE) &&
	       complete_text(&settings->node.translator_program, RELAY_TRANSLATOR_PROGRAM) && complete_upstreams(settings) &&
	       complete_access(settings) && complete_dns64(&settings->dns.dns64) && complete_advertised(settings);
}
