/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a user's own lines that have one value, or an address, and take split names from clients. */
#include "unbound/own_judge.h"

#include "unbound/own_lines.h"

#include "conf/settings.h"
#include "conf/upstream.h"
#include "conf/value.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool has_edge(const struct conf_settings *settings, int family)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == family)
			return true;
	return false;
}

static bool has_edge4(const struct conf_settings *settings)
{
	return has_edge(settings, AF_INET);
}

static bool has_edge6(const struct conf_settings *settings)
{
	return has_edge(settings, AF_INET6);
}

static bool always(const struct conf_settings *settings)
{
	(void)settings;
	return true;
}

static bool has_upstream_in_the_clear(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (!settings->dns.upstreams[i].tls)
			return true;
	return false;
}

static bool has_upstream_here(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		if (strncmp(settings->dns.upstreams[i].server, "127.", 4) == 0 ||
		    strncmp(settings->dns.upstreams[i].server, "::1", 3) == 0)
			return true;
	return false;
}

static bool net_holds(const struct conf_prefix *net, const char *server)
{
	struct conf_server parts;
	struct conf_address address;
	char text[INET6_ADDRSTRLEN];

	if (conf_server_parse(server, &parts) != 0 || parts.address_length >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)parts.address_length, server);
	if (conf_address_parse(text, &address) != 0 || address.family != net->family)
		return false;
	return net->family == AF_INET ? conf_prefix4_contains(&net->v4, address.v4) :
					conf_prefix6_contains(&net->v6, &address.v6);
}

void unboundconf_own_query_judge(const struct relay_own_judge *judge, const struct unboundconf_own_line *line)
{
	struct conf_prefix net;

	if (conf_prefix_parse(unboundconf_own_line_value(line, 0), &net) != 0)
		return;
	for (size_t i = 0; i < judge->settings->dns.upstream_count; i++)
		if (net_holds(&net, judge->settings->dns.upstreams[i].server)) {
			unboundconf_own_line_report(
				judge, line,
				"relay.conf's upstream-dns %s lies in it, and is not asked any more: remove the line",
				judge->settings->dns.upstreams[i].server);
			return;
		}
}

/* Options with one value, which the last line decides. */
void unboundconf_own_options_judge(const struct relay_own_judge *judge)
{
	static const struct {
		const char *clause, *keyword, *value; /* that stops names; with "!" before it: any other one does */
		bool (*applies)(const struct conf_settings *settings);
		const char *text;
	} options[] = {
		{"server", "port", "!53", always,
		 "clients use port 53: remove the line; \"interface: ADDRESS@PORT\" opens another port as well"},
		{"server", "do-udp", "no", always, "clients use UDP: remove the line"},
		{"server", "do-tcp", "no", always, "long answers come over TCP: remove the line"},
		{"server", "do-ip4", "no", has_edge4, "clients use an IPv4 edge-address: remove the line"},
		{"server", "do-ip6", "no", has_edge6, "clients use an IPv6 edge-address: remove the line"},
		{"server", "chroot", "!", always, "the module's files lie outside of it, and Unbound exits: remove the line"},
		{"server", "tls-upstream", "yes", has_upstream_in_the_clear,
		 "an upstream-dns of relay.conf does not use TLS: remove the line"},
		{"server", "ssl-upstream", "yes", has_upstream_in_the_clear,
		 "an upstream-dns of relay.conf does not use TLS: remove the line"},
		{"server", "do-not-query-localhost", "yes", has_upstream_here,
		 "an upstream-dns of relay.conf is on this machine: remove the line"},
		{"remote-control", "control-enable", "no", always, "nat64-relay reload and status need it: remove the line"},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct unboundconf_own_line *line = unboundconf_own_lines_last(judge->lines, options[i].clause,
										     options[i].keyword);
		bool other = options[i].value[0] == '!';

		if (line && (strcmp(unboundconf_own_line_value(line, 0), options[i].value + other) == 0) != other &&
		    options[i].applies(judge->settings))
			unboundconf_own_line_report(judge, line, "%s", options[i].text);
	}
}
