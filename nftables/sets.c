/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The named sets: each is one list of the settings, or several behind another, and a condition of the ruleset is one look-up in it.
 *
 * They are sets of intervals, which the kernel keeps in a tree: ten thousand maps cost a packet few comparisons more than ten, and the rules are
 * the same. An element of the kernel is the first address of a range, or, with NFT_SET_ELEM_INTERVAL_END, the first behind one. Who may reach
 * what is conf/reach.h's.
 *
 * Elements are written by libmnl: libnftnl numbers them, and does not read such numbers itself.
 */
#include "nftables/sets.h"

#include "conf/reach.h"
#include "conf/served.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "nftables/ranges.h"

#include <libmnl/libmnl.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* What nft(8) calls the types of the keys (its datatype.h). */
#define NFT_TYPE_IPADDR  7
#define NFT_TYPE_IP6ADDR 8

static void add4(struct nftables_ranges *ranges, const struct conf_prefix4 *prefix)
{
	nftables_ranges_add(ranges, &prefix->address, prefix->length);
}

static void add6(struct nftables_ranges *ranges, const struct conf_prefix6 *prefix)
{
	nftables_ranges_add(ranges, &prefix->address, prefix->length);
}

/* The prefixes, and the translator's own address, which may lie outside them. */
static void fill_prefix6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		add6(ranges, &settings->common.prefixes[i].prefix);
	if (!IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address))
		nftables_ranges_add(ranges, &settings->translation.ipv6_address, 128);
}

static void fill_mapped6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		add6(ranges, &settings->translation.maps[i].v6);
}

static void fill_mapped4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.map_count; i++)
		add4(ranges, &settings->translation.maps[i].v4);
}

static void fill_pool4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	if (settings->translation.has_dynamic_pool)
		add4(ranges, &settings->translation.dynamic_pool);
}

/* Every IPv6 address that the translator stands for, and every IPv4 address. */
static void fill_translator6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	fill_prefix6(ranges, settings);
	fill_mapped6(ranges, settings);
}

static void fill_translator4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	fill_pool4(ranges, settings);
	if (settings->translation.ipv4_address.s_addr != INADDR_ANY)
		nftables_ranges_add(ranges, &settings->translation.ipv4_address, 32);
	fill_mapped4(ranges, settings);
}

static void fill_twin4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	if (settings->common.has_twin)
		add4(ranges, &settings->common.twin.twin);
}

static void fill_sources6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.allowed_sources.count6; i++)
		add6(ranges, &settings->translation.allowed_sources.v6[i]);
}

static void fill_sources4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.allowed_sources.count4; i++)
		add4(ranges, &settings->translation.allowed_sources.v4[i]);
}

static void fill_own4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	struct conf_prefix4 own;

	for (size_t i = 0; conf_reach_own4(settings, i, &own); i++)
		add4(ranges, &own);
}

static void fill_http4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == AF_INET &&
		    conf_served_has4(settings, settings->dns.edge_addresses[i].v4))
			nftables_ranges_add(ranges, &settings->dns.edge_addresses[i].v4, 32);
}

static void fill_martians4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	struct conf_prefix4 martian;

	for (size_t i = 0; conf_reach_martian4(settings, i, &martian); i++)
		add4(ranges, &martian);
}

static void fill_denied4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.denied_destinations.count4; i++)
		add4(ranges, &settings->common.denied_destinations.v4[i]);
}

/* Inside 100.64.0.0/10, which the tailnet's nodes live in? */
static bool in_overlay_range(const struct conf_prefix4 *prefix)
{
	const struct conf_prefix4 range = conf_special_shared_space();

	return conf_prefix4_covers(&range, prefix);
}

static void add_destinations(struct nftables_ranges *ranges, const struct conf_settings *settings, bool overlay)
{
	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++)
		if (in_overlay_range(&settings->common.allowed_destinations.v4[i]) == overlay)
			add4(ranges, &settings->common.allowed_destinations.v4[i]);
}

static void fill_allowed_overlay4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations(ranges, settings, true);
}

static void fill_allowed4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations(ranges, settings, false);
}

/* Where the targets of the overlay are. Without a list of destinations it is the twin alone that says so. */
static void fill_overlay4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations(ranges, settings, true);
	if (settings->common.has_twin && settings->common.allowed_destinations.count4 == 0 &&
	    in_overlay_range(&settings->common.twin.real))
		add4(ranges, &settings->common.twin.real);
}

static void fill_overlay_and_twin4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	fill_overlay4(ranges, settings);
	if (settings->common.has_twin && in_overlay_range(&settings->common.twin.real))
		fill_twin4(ranges, settings);
}

/* The twin of targets beyond the overlay. */
static void fill_twin_beyond4(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	if (settings->common.has_twin && !in_overlay_range(&settings->common.twin.real))
		fill_twin4(ranges, settings);
}

static void fill_twin6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	if (settings->common.has_twin6)
		add6(ranges, &settings->common.twin6.twin);
}

static void fill_own6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	struct conf_prefix6 own;

	for (size_t i = 0; settings->common.has_twin6 && conf_reach_own6(settings, i, &own); i++)
		add6(ranges, &own);
}

static void fill_denied6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.denied_destinations.count6; i++)
		add6(ranges, &settings->common.denied_destinations.v6[i]);
}

/* Inside fd7a:115c:a1e0::/48? */
static bool in_overlay_range6(const struct conf_prefix6 *prefix)
{
	const struct conf_prefix6 range = conf_special_tailnet6();

	return conf_prefix6_covers(&range, prefix);
}

static void add_destinations6(struct nftables_ranges *ranges, const struct conf_settings *settings, bool overlay)
{
	for (size_t i = 0; i < settings->common.allowed_destinations.count6; i++)
		if (in_overlay_range6(&settings->common.allowed_destinations.v6[i]) == overlay)
			add6(ranges, &settings->common.allowed_destinations.v6[i]);
}

static void fill_allowed_overlay6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations6(ranges, settings, true);
}

static void fill_allowed6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations6(ranges, settings, false);
}

static void fill_overlay_and_twin6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations6(ranges, settings, true);
	if (settings->common.has_twin6 && in_overlay_range6(&settings->common.twin6.real))
		fill_twin6(ranges, settings);
}

static void fill_twin_beyond6(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	if (settings->common.has_twin6 && !in_overlay_range6(&settings->common.twin6.real))
		fill_twin6(ranges, settings);
}

const struct nftables_set nftables_sets[] = {
	{"prefix6", AF_INET6, fill_prefix6},
	{"translator6", AF_INET6, fill_translator6},
	{"mapped6", AF_INET6, fill_mapped6},
	{"allowed-source6", AF_INET6, fill_sources6},
	{"pool4", AF_INET, fill_pool4},
	{"translator4", AF_INET, fill_translator4},
	{"mapped4", AF_INET, fill_mapped4},
	{"allowed-source4", AF_INET, fill_sources4},
	{"twin4", AF_INET, fill_twin4},
	{"twin6", AF_INET6, fill_twin6},
	{"overlay-and-twin6", AF_INET6, fill_overlay_and_twin6},
	{"twin-beyond6", AF_INET6, fill_twin_beyond6},
	{"own6", AF_INET6, fill_own6},
	{"denied6", AF_INET6, fill_denied6},
	{"allowed-by-overlay6", AF_INET6, fill_allowed_overlay6},
	{"allowed6", AF_INET6, fill_allowed6},
	{"overlay4", AF_INET, fill_overlay4},
	{"overlay-and-twin4", AF_INET, fill_overlay_and_twin4},
	{"twin-beyond4", AF_INET, fill_twin_beyond4},
	{"own4", AF_INET, fill_own4},
	{"martian4", AF_INET, fill_martians4},
	{"http4", AF_INET, fill_http4},
	{"denied", AF_INET, fill_denied4},
	{"allowed-by-overlay", AF_INET, fill_allowed_overlay4},
	{"allowed", AF_INET, fill_allowed4},
};
const size_t nftables_set_count = sizeof(nftables_sets) / sizeof(nftables_sets[0]);

static const struct {
	enum nftables_condition condition;
	enum nftables_place place;
	const char *set;
} look_ups[] = {
	{SOURCE_IN_PREFIX, NFTABLES_SOURCE, "prefix6"},
	{SOURCE_IN_POOL, NFTABLES_SOURCE, "pool4"},
	{SOURCE_IN_OVERLAY, NFTABLES_SOURCE, "overlay4"},
	{SOURCE_IN_TWIN, NFTABLES_SOURCE, "twin4"},
	{SOURCE_OF_TRANSLATOR6, NFTABLES_SOURCE, "translator6"},
	{SOURCE_OF_TRANSLATOR4, NFTABLES_SOURCE, "translator4"},
	{SOURCE_ALLOWED, NFTABLES_SOURCE, "allowed-source6"},
	{SOURCE_ALLOWED4, NFTABLES_SOURCE, "allowed-source4"},
	{SOURCE_MAPPED6, NFTABLES_SOURCE, "mapped6"},
	{DESTINATION_OF_TRANSLATOR6, NFTABLES_DESTINATION, "translator6"},
	{DESTINATION_CLIENT, NFTABLES_DESTINATION, "allowed-source6"},
	{DESTINATION_MAPPED6, NFTABLES_DESTINATION, "mapped6"},
	{DESTINATION_MAPPED4, NFTABLES_DESTINATION, "mapped4"},
	{DESTINATION_IN_TWIN, NFTABLES_DESTINATION, "twin4"},
	{DESTINATION_OWN, NFTABLES_DESTINATION, "own4"},
	{DESTINATION_HTTP, NFTABLES_DESTINATION, "http4"},
	{DESTINATION_MARTIAN, NFTABLES_DESTINATION, "martian4"},
	{DESTINATION_DENIED, NFTABLES_DESTINATION, "denied"},
	{DESTINATION_BY_OVERLAY, NFTABLES_DESTINATION, "allowed-by-overlay"},
	{DESTINATION_ANYWHERE, NFTABLES_DESTINATION, "allowed"},
	{SOURCE_IN_OVERLAY6, NFTABLES_SOURCE, "allowed-by-overlay6"},
	{SOURCE_IN_TWIN6, NFTABLES_SOURCE, "twin6"},
	{DESTINATION_IN_TWIN6, NFTABLES_DESTINATION, "twin6"},
	{DESTINATION_OWN6, NFTABLES_DESTINATION, "own6"},
	{DESTINATION_DENIED6, NFTABLES_DESTINATION, "denied6"},
	{DESTINATION_BY_OVERLAY6, NFTABLES_DESTINATION, "allowed-by-overlay6"},
	{DESTINATION_ANYWHERE6, NFTABLES_DESTINATION, "allowed6"},
	{WAS_TO_TWIN6, NFTABLES_ORIGINAL, "twin6"},
	{WAS_TO_OVERLAY6, NFTABLES_ORIGINAL, "overlay-and-twin6"},
	{WAS_TO_TWIN, NFTABLES_ORIGINAL, "twin4"},
	{WAS_TO_ANYWHERE, NFTABLES_ORIGINAL, "allowed"},
	{WAS_TO_OVERLAY, NFTABLES_ORIGINAL, "overlay-and-twin4"},
	{WAS_TO_TWIN_BEYOND, NFTABLES_ORIGINAL, "twin-beyond4"},
	{WAS_TO_TWIN6_BEYOND, NFTABLES_ORIGINAL, "twin-beyond6"},
};

const struct nftables_set *nftables_set_of(enum nftables_condition condition, enum nftables_place *place)
{
	for (size_t i = 0; i < sizeof(look_ups) / sizeof(look_ups[0]); i++) {
		if (look_ups[i].condition != condition)
			continue;
		*place = look_ups[i].place;
		for (size_t j = 0; j < nftables_set_count; j++)
			if (!strcmp(nftables_sets[j].name, look_ups[i].set))
				return &nftables_sets[j];
	}
	return NULL;
}

static uint32_t size_of(const struct nftables_set *set)
{
	return set->family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
}

struct nftables_ranges nftables_set_ranges(const struct nftables_set *set, const struct conf_settings *settings)
{
	struct nftables_ranges ranges = {.size = size_of(set)};

	set->fill(&ranges, settings);
	nftables_ranges_merge(&ranges);
	return ranges;
}

bool nftables_set_is_empty(const struct nftables_set *set, const struct conf_settings *settings)
{
	struct nftables_ranges ranges = {.size = size_of(set)};
	bool empty;

	set->fill(&ranges, settings);
	empty = ranges.count == 0 && !ranges.failed;
	nftables_ranges_clear(&ranges);
	return empty;
}

bool nftables_set_describe(struct nftnl_set *made, const struct nftables_set *set, const char *table, uint32_t id)
{
	nftnl_set_set_u32(made, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(made, NFTNL_SET_ID, id);
	nftnl_set_set_u32(made, NFTNL_SET_FLAGS, NFT_SET_INTERVAL);
	nftnl_set_set_u32(made, NFTNL_SET_KEY_TYPE, set->family == AF_INET6 ? NFT_TYPE_IP6ADDR : NFT_TYPE_IPADDR);
	nftnl_set_set_u32(made, NFTNL_SET_KEY_LEN, size_of(set));
	return nftnl_set_set_str(made, NFTNL_SET_TABLE, table) == 0 &&
	       nftnl_set_set_str(made, NFTNL_SET_NAME, set->name) == 0;
}

static void element_put(struct nlmsghdr *message, const uint8_t *key, size_t size, uint32_t flags)
{
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM), *nest;

	if (flags)
		mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(flags));
	nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
	mnl_attr_put(message, NFTA_DATA_VALUE, size, key);
	mnl_attr_nest_end(message, nest);
	mnl_attr_nest_end(message, element);
}

void nftables_set_put(struct nlmsghdr *message, const char *table, const struct nftables_set *set,
		      const struct nftables_range *ranges, size_t count)
{
	struct nlattr *list;

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	for (size_t i = 0; i < count; i++) {
		uint8_t behind[NFTABLES_ADDRESS_SIZE];

		memcpy(behind, ranges[i].last, sizeof(behind));
		element_put(message, ranges[i].first, size_of(set), 0);
		if (nftables_address_step(behind, size_of(set), 1))
			element_put(message, behind, size_of(set), NFT_SET_ELEM_INTERVAL_END);
	}
	mnl_attr_nest_end(message, list);
}

bool nftables_overlay_only(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.allowed_destinations.count4; i++) {
		if (!in_overlay_range(&settings->common.allowed_destinations.v4[i]))
			return false;
	}
	return settings->common.allowed_destinations.count4 > 0;
}
