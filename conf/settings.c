/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the settings that several components ask. */
#include "conf/settings.h"

#include "conf/directive.h"

#include <string.h>

bool conf_settings_is_relay(const struct conf_settings *settings)
{
	return settings->dns.split_domain_count > 0;
}

bool conf_settings_loads_module(const struct conf_settings *settings)
{
	bool fits = strcmp(settings->node.unbound_program, RELAY_UNBOUND_PROGRAM) == 0 ||
		    conf_settings_has(settings, "unbound-module");

	return conf_settings_is_relay(settings) || (settings->dns.dns64.on && fits);
}

bool conf_settings_vets_errors(const struct conf_settings *settings)
{
	/* What conf_gateway_is_meant() says, without a look-up: outside of a relay no destination is allowed by default. */
	bool is_gateway = settings->dns.dns64.on || settings->dns.discovery_count > 0 ||
			  settings->common.allowed_destinations.count4 > 0;
	bool knows_clients = conf_settings_is_relay(settings) ||
			     (is_gateway && settings->translation.allowed_sources.count6 > 0);

	return knows_clients && !IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address);
}

bool conf_settings_pool_precedes(const struct conf_settings *settings, const struct conf_map *map, struct in_addr address)
{
	return settings->translation.has_dynamic_pool && map->v4.length < settings->translation.dynamic_pool.length &&
	       conf_prefix4_contains(&settings->translation.dynamic_pool, address);
}

unsigned conf_settings_line(const struct conf_settings *settings, const char *keyword)
{
	const struct conf_directive *directive = conf_directive_find(keyword);
	return directive ? settings->lines[directive - conf_directives] : 0;
}

bool conf_settings_has(const struct conf_settings *settings, const char *keyword)
{
	return conf_settings_line(settings, keyword) > 0;
}

bool conf_split_domain_is_same(const struct conf_split_domain *domain)
{
	return strcmp(domain->split, domain->real) == 0;
}

static bool prefix_is_tied(const struct conf_nat64_prefix *entry, const char *split)
{
	for (size_t d = 0; d < entry->domain_count; d++)
		if (strcmp(entry->domains[d], split) == 0)
			return true;
	return false;
}

bool conf_settings_prefix_serves(const struct conf_settings *settings, size_t index, const char *split)
{
	if (settings->common.prefixes[index].domain_count > 0)
		return prefix_is_tied(&settings->common.prefixes[index], split);
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (prefix_is_tied(&settings->common.prefixes[i], split))
			return false;
	return true;
}

const struct conf_prefix6 *conf_settings_prefix_of(const struct conf_settings *settings, const char *split)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_settings_prefix_serves(settings, i, split))
			return &settings->common.prefixes[i].prefix;
	return NULL;
}

bool conf_settings_advertise_own(const struct conf_settings *settings, const struct conf_prefix *route)
{
	const struct conf_prefix twin = {.family = AF_INET, .v4 = settings->common.twin.twin};
	const struct conf_prefix twin6 = {.family = AF_INET6, .v6 = settings->common.twin6.twin};

	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		const struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->common.prefixes[i].prefix};

		if (conf_prefix_overlaps(&prefix, route))
			return true;
	}
	return (settings->common.has_twin && conf_prefix_overlaps(&twin, route)) ||
	       (settings->common.has_twin6 && conf_prefix_overlaps(&twin6, route));
}
