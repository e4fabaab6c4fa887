/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv6 twin.
 *
 * A target that has no IPv4 address is reached by an address that leads to the relay: the target's own, with the network's bits exchanged for
 * those of the twin. Both prefixes have the same length, so there is no table, and no translator: the kernel puts the real bits back
 * (nftables/ruleset.c), and the module answers with the moved address (module/twin6_steps.c).
 *
 * The length is a multiple of four bits, so that the names of the addresses lie in one zone under ip6.arpa.
 */
#include "conf/check.h"

#include "conf/store.h"
#include "conf/directive.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"

#define SHORTEST 16
#define LONGEST  124

int conf_store_twin6_prefix(struct conf_settings *settings, const struct conf_line *line, struct conf_report *report)
{
	struct conf_twin6 twin = {.real = conf_special_tailnet6()};
	char real[CONF_PREFIX_TEXT];

	if (conf_line_prefix6(line->words[1], &twin.twin, line, report) < 0 ||
	    (line->count > 2 && conf_line_prefix6(line->words[2], &twin.real, line, report) < 0))
		return -1;
	if (twin.twin.length != twin.real.length)
		return CONF_REFUSE("\"%s\" and %s, which it stands for, differ in length: write %s %s/%u, or append the "
				   "prefix that it stands for",
				   line->words[1], conf_prefix6_print(&twin.real, real), line->directive->keyword,
				   twin.real.length == 48 ? "fd99:9929:1::" : "ADDRESS", twin.real.length);
	if (twin.twin.length < SHORTEST || twin.twin.length > LONGEST || twin.twin.length % 4 != 0)
		return CONF_REFUSE("\"%s\" has a length of %u: %s takes /%d to /%d, a multiple of 4", line->words[1],
				   twin.twin.length, line->directive->keyword, SHORTEST, LONGEST);
	if (conf_special_is_martian6(&twin.twin.address) || conf_special_is_martian6(&twin.real.address))
		return CONF_REFUSE("\"%s\" is not a unicast prefix: choose one of fd00::/8 (RFC 4193), such as "
				   "fd99:9929:1::/48",
				   line->words[conf_special_is_martian6(&twin.twin.address) ? 1 : 2]);
	settings->common.twin6 = twin;
	settings->common.has_twin6 = true;
	return 0;
}

/* Nobody else may have addresses in the twin: there the rule of the kernel would take what is sent to them. */
static void check_overlap(const struct conf_settings *settings, const struct conf_prefix6 *other, const char *whose,
			  struct conf_report *report)
{
	char twin[CONF_PREFIX_TEXT], text[CONF_PREFIX_TEXT];

	if (conf_prefix6_overlaps(&settings->common.twin6.twin, other))
		CONF_CONTRADICTION("twin6-prefix", "the twin6 prefix %s overlaps %s %s: choose another range of fd00::/8",
				   conf_prefix6_print(&settings->common.twin6.twin, twin), whose,
				   conf_prefix6_print(other, text));
}

static void check_overlaps(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_prefix6 tailnet = conf_special_tailnet6();
	const struct conf_common *common = &settings->common;

	check_overlap(settings, &tailnet, "the tailnet's", report);
	if (!conf_prefix6_overlaps(&common->twin6.real, &tailnet))
		check_overlap(settings, &common->twin6.real, "what it stands for,", report);
	for (size_t i = 0; i < common->prefix_count; i++)
		check_overlap(settings, &common->prefixes[i].prefix, "the prefix", report);
	for (size_t i = 0; i < settings->translation.map_count; i++)
		check_overlap(settings, &settings->translation.maps[i].v6, "the map", report);
	for (size_t i = 0; i < settings->translation.allowed_sources.count6; i++)
		if (settings->translation.allowed_sources.v6[i].length >= common->twin6.twin.length)
			check_overlap(settings, &settings->translation.allowed_sources.v6[i], "allow-source", report);
	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		const struct conf_prefix6 edge = {settings->dns.edge_addresses[i].v6, 128};

		if (settings->dns.edge_addresses[i].family == AF_INET6)
			check_overlap(settings, &edge, "the edge-address", report);
	}
}

static void check_destinations(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_common *common = &settings->common;
	char allowed[CONF_PREFIX_TEXT], real[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < common->allowed_destinations.count6; i++)
		if (!conf_prefix6_overlaps(&common->allowed_destinations.v6[i], &common->twin6.real))
			CONF_CONTRADICTION("allow-destination",
					   "allow-destination %s lies outside %s, which the twin6 prefix stands for, and nothing "
					   "else leads to IPv6 addresses: name a part of it, or remove this line",
					   conf_prefix6_print(&common->allowed_destinations.v6[i], allowed),
					   conf_prefix6_print(&common->twin6.real, real));
}

void conf_twin6_check(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_common *common = &settings->common;
	char text[CONF_PREFIX_TEXT];

	if (!common->has_twin6 && common->allowed_destinations.count6 > 0)
		CONF_CONTRADICTION("allow-destination",
				   "allow-destination %s is IPv6, and only a twin6-prefix leads to IPv6 addresses: add one, or "
				   "remove this line",
				   conf_prefix6_print(&common->allowed_destinations.v6[0], text));
	if (!common->has_twin6 && common->denied_destinations.count6 > 0)
		CONF_CONTRADICTION("deny-destination",
				   "deny-destination %s is IPv6, and only a twin6-prefix leads to IPv6 addresses: add one, or "
				   "remove this line",
				   conf_prefix6_print(&common->denied_destinations.v6[0], text));
	if (!common->has_twin6)
		return;
	if (!conf_settings_is_relay(settings))
		CONF_CONTRADICTION(
			"twin6-prefix",
			"twin6-prefix needs a split-domain, whose names lead there: add one, or remove this line");
	check_overlaps(settings, report);
	check_destinations(settings, report);
}
