/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 twin.
 *
 * A client that has no use for IPv6 reaches a target by an address of its own kind: the target's, with the network's bits
 * exchanged for those of the twin prefix. Both prefixes have the same length, so that there is no table: the kernel puts the
 * real bits back (nftables/ruleset.c), the module answers with the moved address.
 *
 * Nobody else may have addresses in the twin: not the tailnet, whose nodes could not be reached any more, nor the pool, the
 * maps or this node. The machine's own routes are looked at when the relay comes up (relay/check/preflight_net.c).
 */
#include "conf/check.h"

#include "conf/store.h"
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"

#define SHORTEST 8

int conf_store_twin_prefix(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_twin twin = {.real = conf_special_shared_space()};
	char real[CONF_PREFIX_TEXT];

	if (conf_line_prefix4(line->words[1], &twin.twin, line, report) < 0 ||
	    (line->count > 2 && conf_line_prefix4(line->words[2], &twin.real, line, report) < 0))
		return -1;
	if (twin.twin.length != twin.real.length)
		return CONF_REFUSE("\"%s\" and %s, which it stands for, differ in length: write %s %s/%u, or append the "
				   "prefix that it stands for",
				   line->words[1], conf_prefix4_print(&twin.real, real), line->directive->keyword,
				   twin.real.length == 10 ? "10.192.0.0" : "ADDRESS", twin.real.length);
	if (twin.twin.length < SHORTEST)
		return CONF_REFUSE("\"%s\" has a length of %u: a twin prefix is /%d to /32", line->words[1],
				   twin.twin.length, SHORTEST);
	if (conf_special_is_martian4(twin.twin.address) || conf_special_is_martian4(twin.real.address))
		return CONF_REFUSE("\"%s\" is not a unicast prefix: choose a private one, such as 10.192.0.0/10",
				   line->words[conf_special_is_martian4(twin.twin.address) ? 1 : 2]);
	settings->common.twin = twin;
	settings->common.has_twin = true;
	return 0;
}

/* Say that the twin overlaps what somebody else has. */
static void check_overlap(const struct conf_settings *settings, const struct conf_prefix4 *other, const char *whose,
			  struct conf_report *report)
{
	char twin[CONF_PREFIX_TEXT], text[CONF_PREFIX_TEXT];

	if (conf_prefix4_overlaps(&settings->common.twin.twin, other))
		CONF_CONTRADICTION("twin-prefix", "the twin prefix %s overlaps %s %s: choose another private range",
				   conf_prefix4_print(&settings->common.twin.twin, twin), whose,
				   conf_prefix4_print(other, text));
}

static void check_overlaps(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_prefix4 shared = conf_special_shared_space();
	const struct conf_prefix4 *real = &settings->common.twin.real;

	check_overlap(settings, &shared, "the tailnet's", report);
	if (!conf_prefix4_overlaps(real, &shared))
		check_overlap(settings, real, "what it stands for,", report);
	if (settings->translation.has_dynamic_pool)
		check_overlap(settings, &settings->translation.dynamic_pool, "the pool", report);
	for (size_t i = 0; i < settings->translation.map_count; i++)
		check_overlap(settings, &settings->translation.maps[i].v4, "the map", report);
	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		const struct conf_prefix4 edge = {settings->dns.edge_addresses[i].v4, 32};

		if (settings->dns.edge_addresses[i].family == AF_INET)
			check_overlap(settings, &edge, "the edge-address", report);
	}
	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++)
		if (settings->common.allowed_destinations.v4[i].length >= settings->common.twin.twin.length)
			check_overlap(settings, &settings->common.allowed_destinations.v4[i], "allow-destination", report);
}

/* A twin that nobody reaches through would be answered by nothing. */
static void check_destinations(const struct conf_settings *settings, struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++)
		if (conf_prefix4_overlaps(&settings->common.allowed_destinations.v4[i], &settings->common.twin.real))
			return;
	if (settings->common.allowed_destinations.count4 > 0)
		CONF_CONTRADICTION("twin-prefix",
				   "no address of %s, which the twin prefix stands for, may be reached: add a line "
				   "\"allow-destination %s\"",
				   conf_prefix4_print(&settings->common.twin.real, text), text);
}

/* Who names some clients means these alone: those of the other family are not let in by a default. */
static void check_sources(const struct conf_settings *settings, struct conf_report *report)
{
	char text[CONF_PREFIX_TEXT];

	if (settings->translation.allowed_sources.count4 > 0 && !settings->common.has_twin)
		CONF_CONTRADICTION("allow-source",
				   "allow-source %s is IPv4, and only a twin-prefix serves IPv4 clients: add one, or remove this "
				   "line",
				   conf_prefix4_print(&settings->translation.allowed_sources.v4[0], text));
	else if (settings->translation.allowed_sources.count4 > 0 && settings->translation.allowed_sources.count6 == 0)
		CONF_CONTRADICTION(
			"allow-source",
			"allow-source names only IPv4 clients: name the IPv6 ones too, such as fd7a:115c:a1e0::/48");
	if (settings->common.has_twin && settings->translation.allowed_sources.count6 > 0 &&
	    settings->translation.allowed_sources.count4 == 0)
		CONF_CONTRADICTION("allow-source",
				   "allow-source names only IPv6 clients, but a twin-prefix serves IPv4: name the IPv4 ones too, "
				   "such as 100.64.0.0/10");
}

void conf_twin_check(const struct conf_settings *settings, struct conf_report *report)
{
	check_sources(settings, report);
	if (!settings->common.has_twin)
		return;
	check_overlaps(settings, report);
	check_destinations(settings, report);
}
