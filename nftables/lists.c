/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of the ruleset: a condition names one or several lists of the settings, one behind another.
 * A walk counts down to the member that is asked for; the lists are short.
 */
#include "nftables/lists.h"

#include "conf/reach.h"
#include "conf/settings.h"
#include "conf/special.h"

#include <string.h>

/* What is left to skip until the member that is asked for, and where it goes. */
struct walk {
	size_t left;
	bool found;
	struct nftables_prefix *prefix;
};

static void offer4(struct walk *walk, const struct conf_prefix4 *prefix)
{
	if (walk->found || walk->left-- > 0)
		return;
	walk->prefix->family = AF_INET;
	walk->prefix->v4 = *prefix;
	walk->found = true;
}

static void offer6(struct walk *walk, const struct conf_prefix6 *prefix)
{
	if (walk->found || walk->left-- > 0)
		return;
	walk->prefix->family = AF_INET6;
	walk->prefix->v6 = *prefix;
	walk->found = true;
}

static void offer_prefixes(struct walk *walk, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		offer6(walk, &settings->common.prefixes[i].prefix);
}

static void offer_maps6(struct walk *walk, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		offer6(walk, &settings->translation.maps[i].v6);
}

static void offer_maps4(struct walk *walk, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		offer4(walk, &settings->translation.maps[i].v4);
}

static void offer_sources(struct walk *walk, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.allowed_source_count; i++)
		offer6(walk, &settings->translation.allowed_sources[i]);
}

static void offer_sources4(struct walk *walk, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.allowed_source4_count; i++)
		offer4(walk, &settings->translation.allowed_sources4[i]);
}

static void offer_twin(struct walk *walk, const struct conf_settings *settings)
{
	if (settings->common.has_twin)
		offer4(walk, &settings->common.twin.twin);
}

static void offer_denied(struct walk *walk, const struct conf_settings *settings)
{
	struct conf_prefix4 own;

	for (size_t i = 0; i < settings->common.denied_destination_count; i++)
		offer4(walk, &settings->common.denied_destinations[i]);
	for (size_t i = 0; conf_reach_own4(settings, i, &own); i++)
		offer4(walk, &own);
}

static void offer_pool(struct walk *walk, const struct conf_settings *settings)
{
	if (settings->translation.has_dynamic_pool)
		offer4(walk, &settings->translation.dynamic_pool);
}

/* The prefixes, and the translator's own address outside them. */
static void offer_prefixes_and_own(struct walk *walk, const struct conf_settings *settings)
{
	const struct conf_prefix6 own = { settings->translation.ipv6_address, 128 };
	bool inside = IN6_IS_ADDR_UNSPECIFIED(&own.address);

	for (size_t i = 0; i < settings->common.prefix_count; i++)
		inside |= conf_prefix6_contains(&settings->common.prefixes[i].prefix, &own.address);
	offer_prefixes(walk, settings);
	if (!inside)
		offer6(walk, &own);
}

/* Every IPv6 address that the translator stands for: the prefixes, its own address outside them, static maps. */
static void offer_translator6(struct walk *walk, const struct conf_settings *settings)
{
	offer_prefixes_and_own(walk, settings);
	offer_maps6(walk, settings);
}

/* The same for IPv4: the pool, its own address outside it, static maps. */
static void offer_translator4(struct walk *walk, const struct conf_settings *settings)
{
	const struct conf_prefix4 own = { settings->translation.ipv4_address, 32 };

	offer_pool(walk, settings);
	if (own.address.s_addr != INADDR_ANY &&
	    !(settings->translation.has_dynamic_pool && conf_prefix4_contains(&settings->translation.dynamic_pool, own.address)))
		offer4(walk, &own);
	offer_maps4(walk, settings);
}

/* Inside 100.64.0.0/10, which the tailnet's nodes live in? */
static bool in_overlay_range(const struct conf_prefix4 *prefix)
{
	const struct conf_prefix4 range = conf_special_shared_space();

	return prefix->length >= range.length && conf_prefix4_contains(&range, prefix->address);
}

static void offer_destinations(struct walk *walk, const struct conf_settings *settings, bool overlay)
{
	for (size_t i = 0; i < settings->common.allowed_destination_count; i++) {
		if (in_overlay_range(&settings->common.allowed_destinations[i]) == overlay)
			offer4(walk, &settings->common.allowed_destinations[i]);
	}
}

/* Where the targets of the overlay are. Without a list of destinations it is the twin alone that says so. */
static void offer_overlay(struct walk *walk, const struct conf_settings *settings)
{
	offer_destinations(walk, settings, true);
	if (settings->common.has_twin && settings->common.allowed_destination_count == 0 && in_overlay_range(&settings->common.twin.real))
		offer4(walk, &settings->common.twin.real);
}

static void offer_overlay_and_twin(struct walk *walk, const struct conf_settings *settings)
{
	offer_overlay(walk, settings);
	if (settings->common.has_twin && in_overlay_range(&settings->common.twin.real))
		offer_twin(walk, settings);
}

static void offer_multicast6(struct walk *walk)
{
	const struct conf_prefix6 multicast = { { { { 0xff } } }, 8 };

	offer6(walk, &multicast);
}

bool nftables_overlay_only(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.allowed_destination_count; i++) {
		if (!in_overlay_range(&settings->common.allowed_destinations[i]))
			return false;
	}
	return settings->common.allowed_destination_count > 0;
}

bool nftables_condition_is_list(enum nftables_condition condition)
{
	return condition >= SOURCE_IN_PREFIX && condition <= DESTINATION_MULTICAST6;
}

static bool is_destination(enum nftables_condition condition)
{
	return condition != SOURCE_IN_PREFIX && condition != SOURCE_IN_POOL && condition != SOURCE_IN_OVERLAY &&
	       condition != SOURCE_OF_TRANSLATOR6 &&
	       condition != SOURCE_OF_TRANSLATOR4 && condition != SOURCE_IN_TWIN && condition != SOURCE_ALLOWED4 &&
	       condition != SOURCE_ALLOWED && condition != SOURCE_MAPPED6;
}

bool nftables_list_member(enum nftables_condition condition, const struct conf_settings *settings, size_t member,
			  struct nftables_prefix *prefix)
{
	struct walk walk = { member, false, prefix };

	memset(prefix, 0, sizeof(*prefix));
	prefix->destination = is_destination(condition);
	switch (condition) {
	case SOURCE_IN_PREFIX: offer_prefixes_and_own(&walk, settings); break;
	case SOURCE_IN_POOL: offer_pool(&walk, settings); break;
	case SOURCE_IN_OVERLAY: offer_overlay(&walk, settings); break;
	case WAS_TO_OVERLAY: offer_overlay_and_twin(&walk, settings); break;
	case SOURCE_OF_TRANSLATOR6:
	case DESTINATION_OF_TRANSLATOR6: offer_translator6(&walk, settings); break;
	case SOURCE_OF_TRANSLATOR4: offer_translator4(&walk, settings); break;
	case SOURCE_IN_TWIN:
	case DESTINATION_IN_TWIN:
	case WAS_TO_TWIN: offer_twin(&walk, settings); break;
	case SOURCE_ALLOWED4: offer_sources4(&walk, settings); break;
	case SOURCE_ALLOWED:
	case DESTINATION_CLIENT: offer_sources(&walk, settings); break;
	case DESTINATION_DENIED: offer_denied(&walk, settings); break;
	case DESTINATION_BY_OVERLAY: offer_destinations(&walk, settings, true); break;
	case DESTINATION_ANYWHERE: offer_destinations(&walk, settings, false); break;
	case SOURCE_MAPPED6:
	case DESTINATION_MAPPED6: offer_maps6(&walk, settings); break;
	case DESTINATION_MAPPED4: offer_maps4(&walk, settings); break;
	case DESTINATION_MULTICAST6: offer_multicast6(&walk); break;
	default: break;
	}
	return walk.found;
}
