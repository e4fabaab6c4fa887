/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway: hosts without IPv4 reach all of it, by ordinary names.
 *
 * It is closed until four things are said, each by a line of its own: which prefix (dns64), that all of IPv4 is forwarded
 * (allow-destination 0.0.0.0/0), whose packets are (allow-source) and who may ask (dns-client). An answer inside the prefix to
 * somebody whose packets are not forwarded would be a black hole, and a translator open to everybody a gift to strangers.
 *
 * ipv4only.arpa tells a host that all of IPv4 lies in a prefix (RFC 7050): hosts then send every IPv4 packet there, by CLAT or with
 * addresses that they make themselves. So a relay that forwards to the overlay alone says nothing of itself there, and passes the
 * question on as any other, which is what RFC 8880 section 7.1 asks of a resolver without DNS64.
 */
#include "conf/gateway.h"

#include "conf/check.h"
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/store.h"
#include "conf/tailnet.h"
#include "conf/value.h"

#include <string.h>

int conf_store_dns64(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_dns64 *dns64 = &settings->dns.dns64;

	if (strcasecmp(line->words[1], "off") == 0)
		return line->count == 2 ? 0 : CONF_REFUSE("\"%s\" after off: remove it", line->words[2]);
	if (!strchr(line->words[1], '/'))
		return CONF_REFUSE("\"%s\" is neither a prefix nor off: name the prefix for dns64, as in dns64 "
				   "fd64:9929::/96",
				   line->words[1]);
	for (size_t i = 2; i < line->count; i++) {
		struct conf_prefix client;

		if (conf_line_prefix(line->words[i], &client, line, report) < 0 ||
		    conf_line_append(&dns64->clients, &dns64->client_count, &client, sizeof(client), line, report) < 0)
			return -1;
	}
	dns64->on = true;
	return conf_line_prefix6(line->words[1], &dns64->prefix, line, report);
}

int conf_store_dns64_exclude(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	return conf_line_append_prefix6(&settings->dns.dns64.excluded, &settings->dns.dns64.excluded_count,
					line->words[1], line, report);
}

int conf_store_ipv4only_arpa(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_discovery *entry = conf_list_append(&settings->dns.discoveries, &settings->dns.discovery_count,
							sizeof(*entry));

	if (!entry)
		return CONF_REFUSE("out of memory");
	if (conf_line_prefix(line->words[1], &entry->client, line, report) < 0)
		return -1;
	if (strcasecmp(line->words[2], "none") == 0)
		return line->count == 3 ? 0 :
					  CONF_REFUSE("\"%s\" after none: %s takes none, or prefixes", line->words[3],
						      line->directive->keyword);
	for (size_t i = 2; i < line->count; i++)
		if (conf_line_append_prefix6(&entry->prefixes, &entry->prefix_count, line->words[i], line, report) < 0)
			return -1;
	return 0;
}

bool conf_gateway_is_meant(const struct conf_settings *settings)
{
	return settings->dns.dns64.on || settings->dns.discovery_count > 0 ||
	       conf_settings_has(settings, "allow-destination");
}

bool conf_gateway_is_open(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++)
		if (settings->common.allowed_destinations.v4[i].length == 0)
			return true;
	return settings->common.allowed_destinations.count4 == 0;
}

bool conf_gateway_synthesizes(const struct conf_settings *settings, const struct conf_prefix *client)
{
	const struct conf_dns64 *dns64 = &settings->dns.dns64;

	for (size_t i = 0; dns64->on && i < dns64->client_count; i++)
		if (conf_prefix_covers(&dns64->clients[i], client))
			return true;
	return dns64->on && dns64->client_count == 0;
}

static bool prefix_is_known(const struct conf_settings *settings, const struct conf_prefix6 *prefix)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_prefix6_equals(&settings->common.prefixes[i].prefix, prefix))
			return true;
	return false;
}

/* The prefix is translated, to all of IPv4, and for known clients alone. */
static void check_translated(const struct conf_settings *settings, const char *keyword,
			     const struct conf_prefix6 *prefix, struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT];

	if (!prefix_is_known(settings, prefix))
		CONF_CONTRADICTION(keyword,
				   "%s is not a prefix of this file: add a line \"prefix %s\", so that it is translated "
				   "too",
				   conf_prefix6_print(prefix, text), text);
	if (!conf_gateway_is_open(settings))
		CONF_CONTRADICTION(keyword,
				   "%s stands for all of IPv4, but only a part is forwarded: add a line \"allow-destination "
				   "0.0.0.0/0\" (and deny-destination for addresses that clients must not reach)",
				   keyword);
	if (settings->translation.allowed_sources.count6 == 0)
		CONF_CONTRADICTION(keyword,
				   "%s without allow-source would translate for every host: name your hosts, as in "
				   "\"allow-source 2001:db8:1::/64\"",
				   keyword);
}

/* Who gets no such answer is told that there is none: a split name in the same prefix would be gone too. */
static void check_dns64_clients(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_dns64 *dns64 = &settings->dns.dns64;
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < dns64->client_count; i++)
		if (!conf_networks_cover(&settings->dns.clients, &dns64->clients[i]))
			CONF_CONTRADICTION("dns64", "%s may not query the resolver: add a line \"dns-client %s\"",
					   conf_prefix_print(&dns64->clients[i], text), text);
	if (dns64->client_count == 0)
		return;
	if (!conf_settings_loads_module(settings))
		CONF_CONTRADICTION("dns64",
				   "dns64 for some clients needs the module, which this unbound-program does not load: remove the "
				   "clients, or unbound-program");
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		for (size_t d = 0; d < settings->dns.split_domain_count; d++)
			if (conf_prefix6_equals(&settings->common.prefixes[i].prefix, &dns64->prefix) &&
			    conf_settings_prefix_serves(settings, i, settings->dns.split_domains[d].split)) {
				CONF_CONTRADICTION(
					"dns64",
					"dns64 %s is for some clients, but \"%s\" lies in the same prefix, and the "
					"other clients would not see it: give dns64 a separate prefix, and bind the "
					"other one to its split domain, as in \"prefix P/L %s\"",
					conf_prefix6_print(&dns64->prefix, text), settings->dns.split_domains[d].split,
					settings->dns.split_domains[d].split);
				return;
			}
}

static void check_dns64(const struct conf_settings *settings, struct conf_report *report)
{
	if (!settings->dns.dns64.on) {
		if (settings->dns.dns64.excluded_count > 0)
			CONF_CONTRADICTION("dns64-exclude",
					   "dns64-exclude without dns64: add a line \"dns64 P/L\", or leave this one out");
		return;
	}
	check_translated(settings, "dns64", &settings->dns.dns64.prefix, report);
	if (!conf_tailnet_has_edge(settings))
		CONF_CONTRADICTION("dns64",
				   "dns64 without edge-address: add the address of this node on which the resolver listens for the "
				   "hosts");
	if (conf_networks_count(&settings->dns.clients) == 0)
		CONF_CONTRADICTION("dns64", "dns64, but no host may query the resolver: name your hosts, as in \"dns-client "
					    "2001:db8:1::/64\"");
	else
		check_dns64_clients(settings, report);
}

static void check_discovery(const struct conf_settings *settings, const struct conf_discovery *entry,
			    struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT];

	conf_prefix_print(&entry->client, text);
	if (!conf_networks_cover(&settings->dns.clients, &entry->client))
		CONF_CONTRADICTION("ipv4only-arpa", "%s may not query the resolver: add a line \"dns-client %s\"", text,
				   text);
	for (size_t i = 0; i < entry->prefix_count; i++)
		check_translated(settings, "ipv4only-arpa", &entry->prefixes[i], report);
}

void conf_gateway_check(const struct conf_settings *settings, struct conf_report *report)
{
	check_dns64(settings, report);
	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		check_discovery(settings, &settings->dns.discoveries[i], report);
}
