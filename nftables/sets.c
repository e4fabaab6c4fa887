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
#include "conf/http.h"
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

/* A set is of one family: what is of the other one is no part of it. */
static void add4(struct nftables_ranges *ranges, struct in_addr address, unsigned length)
{
	if (ranges->size == sizeof(address))
		nftables_ranges_add(ranges, &address, length);
}

static void add6(struct nftables_ranges *ranges, struct in6_addr address, unsigned length)
{
	if (ranges->size == sizeof(address))
		nftables_ranges_add(ranges, &address, length);
}

static void add(struct nftables_ranges *ranges, const struct conf_prefix *prefix)
{
	if (prefix->family == AF_INET)
		add4(ranges, prefix->v4.address, prefix->v4.length);
	else
		add6(ranges, prefix->v6.address, prefix->v6.length);
}

static void add_networks(struct nftables_ranges *ranges, const struct conf_networks *networks)
{
	for (size_t i = 0; i < conf_networks_count(networks); i++) {
		const struct conf_prefix prefix = conf_networks_at(networks, i);

		add(ranges, &prefix);
	}
}

/* The prefixes, and the translator's own address, which may lie outside them. */
static void fill_prefix(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		add6(ranges, settings->common.prefixes[i].prefix.address, settings->common.prefixes[i].prefix.length);
	if (!IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address))
		add6(ranges, settings->translation.ipv6_address, 128);
}

static void fill_mapped(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.map_count; i++) {
		add4(ranges, settings->translation.maps[i].v4.address, settings->translation.maps[i].v4.length);
		add6(ranges, settings->translation.maps[i].v6.address, settings->translation.maps[i].v6.length);
	}
}

static void fill_pool(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	if (settings->translation.has_dynamic_pool)
		add4(ranges, settings->translation.dynamic_pool.address, settings->translation.dynamic_pool.length);
}

/* Every address that the translator stands for. */
static void fill_translator(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	fill_prefix(ranges, settings);
	fill_pool(ranges, settings);
	if (settings->translation.ipv4_address.s_addr != INADDR_ANY)
		add4(ranges, settings->translation.ipv4_address, 32);
	fill_mapped(ranges, settings);
}

static void fill_sources(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_networks(ranges, &settings->translation.allowed_sources);
}

static void fill_denied(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_networks(ranges, &settings->common.denied_destinations);
}

static void fill_own(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	struct conf_prefix4 own;
	struct conf_prefix6 own6;

	for (size_t i = 0; conf_reach_own4(settings, i, &own); i++)
		add4(ranges, own.address, own.length);
	for (size_t i = 0; settings->common.has_twin6 && conf_reach_own6(settings, i, &own6); i++)
		add6(ranges, own6.address, own6.length);
}

static void fill_http(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == AF_INET &&
		    conf_served_has4(settings, settings->dns.edge_addresses[i].v4))
			add4(ranges, settings->dns.edge_addresses[i].v4, 32);
}

static void fill_martians(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	struct conf_prefix4 martian;

	for (size_t i = 0; conf_reach_martian4(settings, i, &martian); i++)
		add4(ranges, martian.address, martian.length);
}

/* Inside 100.64.0.0/10, where the tailnet's nodes have their addresses? */
static bool in_overlay4(const struct conf_prefix4 *prefix)
{
	const struct conf_prefix4 range = conf_special_shared_space();

	return conf_prefix4_covers(&range, prefix);
}

/* Inside fd7a:115c:a1e0::/48? */
static bool in_overlay6(const struct conf_prefix6 *prefix)
{
	const struct conf_prefix6 range = conf_special_tailnet6();

	return conf_prefix6_covers(&range, prefix);
}

static void add_destinations(struct nftables_ranges *ranges, const struct conf_settings *settings, bool overlay)
{
	for (size_t i = 0; i < conf_networks_count(&settings->common.allowed_destinations); i++) {
		const struct conf_prefix allowed = conf_networks_at(&settings->common.allowed_destinations, i);

		if ((allowed.family == AF_INET ? in_overlay4(&allowed.v4) : in_overlay6(&allowed.v6)) == overlay)
			add(ranges, &allowed);
	}
}

static void fill_allowed_overlay(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations(ranges, settings, true);
}

static void fill_allowed(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_destinations(ranges, settings, false);
}

/* The twin of targets in the overlay, or of those beyond. */
static void add_twins(struct nftables_ranges *ranges, const struct conf_settings *settings, bool overlay)
{
	const struct conf_common *common = &settings->common;

	if (common->has_twin && in_overlay4(&common->twin.real) == overlay)
		add4(ranges, common->twin.twin.address, common->twin.twin.length);
	if (common->has_twin6 && in_overlay6(&common->twin6.real) == overlay)
		add6(ranges, common->twin6.twin.address, common->twin6.twin.length);
}

static void fill_twin_beyond(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_twins(ranges, settings, false);
}

static void fill_twin(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	add_twins(ranges, settings, true);
	add_twins(ranges, settings, false);
}

/* Where the targets of the overlay are. Without a list of IPv4 destinations it is the twin alone that says so. */
static void fill_overlay(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	const struct conf_common *common = &settings->common;

	add_destinations(ranges, settings, true);
	if (common->has_twin && common->allowed_destinations.count4 == 0 && in_overlay4(&common->twin.real))
		add4(ranges, common->twin.real.address, common->twin.real.length);
}

static void fill_overlay_and_twin(struct nftables_ranges *ranges, const struct conf_settings *settings)
{
	fill_overlay(ranges, settings);
	add_twins(ranges, settings, true);
}

const struct nftables_set nftables_sets[] = {
	{"prefix6", AF_INET6, fill_prefix},
	{"translator6", AF_INET6, fill_translator},
	{"mapped6", AF_INET6, fill_mapped},
	{"allowed-source6", AF_INET6, fill_sources},
	{"pool4", AF_INET, fill_pool},
	{"translator4", AF_INET, fill_translator},
	{"mapped4", AF_INET, fill_mapped},
	{"allowed-source4", AF_INET, fill_sources},
	{"twin4", AF_INET, fill_twin},
	{"twin6", AF_INET6, fill_twin},
	{"overlay-and-twin6", AF_INET6, fill_overlay_and_twin},
	{"twin-beyond6", AF_INET6, fill_twin_beyond},
	{"own6", AF_INET6, fill_own},
	{"denied6", AF_INET6, fill_denied},
	{"allowed-by-overlay6", AF_INET6, fill_allowed_overlay},
	{"allowed6", AF_INET6, fill_allowed},
	{"overlay4", AF_INET, fill_overlay},
	{"overlay-and-twin4", AF_INET, fill_overlay_and_twin},
	{"twin-beyond4", AF_INET, fill_twin_beyond},
	{"own4", AF_INET, fill_own},
	{"martian4", AF_INET, fill_martians},
	{"http4", AF_INET, fill_http},
	{"denied", AF_INET, fill_denied},
	{"allowed-by-overlay", AF_INET, fill_allowed_overlay},
	{"allowed", AF_INET, fill_allowed},
};
const size_t nftables_set_count = sizeof(nftables_sets) / sizeof(nftables_sets[0]);

static const struct {
	enum nftables_condition condition;
	enum nftables_place place;
	const char *set;
} look_ups[] = {
	{SOURCE_IN_PREFIX, NFTABLES_SOURCE, "prefix6"},
	{DESTINATION_IN_PREFIX, NFTABLES_DESTINATION, "prefix6"},
	{SOURCE_IN_POOL, NFTABLES_SOURCE, "pool4"},
	{SOURCE_IN_OVERLAY, NFTABLES_SOURCE, "overlay4"},
	{SOURCE_IN_TWIN, NFTABLES_SOURCE, "twin4"},
	{SOURCE_OF_TRANSLATOR6, NFTABLES_SOURCE, "translator6"},
	{SOURCE_OF_TRANSLATOR4, NFTABLES_SOURCE, "translator4"},
	{SOURCE_ALLOWED, NFTABLES_SOURCE, "allowed-source6"},
	{SOURCE_ALLOWED4, NFTABLES_SOURCE, "allowed-source4"},
	{SOURCE_MAPPED6, NFTABLES_SOURCE, "mapped6"},
	{DESTINATION_OF_TRANSLATOR6, NFTABLES_DESTINATION, "translator6"},
	{DESTINATION_OF_TRANSLATOR4, NFTABLES_DESTINATION, "translator4"},
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
		if (!in_overlay4(&settings->common.allowed_destinations.v4[i]))
			return false;
	}
	return settings->common.allowed_destinations.count4 > 0;
}
