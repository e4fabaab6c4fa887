/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a relay wants of its tailnet. The routes are settings->node.advertised, as they are. */
#include "relay/setup/wanted.h"

#include "conf/settings.h"
#include "relay/host/machine.h"

#include <string.h>

void relay_wanted_zones(const struct conf_settings *settings, relay_wanted_visitor *visit, void *context)
{
	struct relay_wanted_zone zone = {.is_wide = false};
	char name[CONF_REVERSE_TEXT];

	if (settings->dns.edge_address_count == 0)
		return;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		zone.name = zone.within = settings->dns.split_domains[i].split;
		visit(context, &zone);
	}
	zone.name = zone.within = name;
	for (size_t i = 0; settings->dns.split_domain_count > 0 && i < settings->common.prefix_count; i++) {
		conf_prefix6_print_reverse(&settings->common.prefixes[i].prefix, name);
		visit(context, &zone);
	}
	if (settings->common.has_twin6 && settings->dns.split_domain_count > 0) {
		zone.name = zone.within = conf_prefix6_print_reverse(&settings->common.twin6.twin, name);
		visit(context, &zone);
	}
	if (settings->common.has_twin && settings->dns.split_domain_count > 0) {
		conf_prefix4_print_reverse(&settings->common.twin.twin, 0, name);
		zone.is_wide = conf_prefix4_reverse_zones(&settings->common.twin.twin) > 1;
		zone.name = zone.is_wide ? strchr(name, '.') + 1 : name;
		visit(context, &zone);
	}
}

const char *relay_wanted_resolver(const struct conf_settings *settings, char *text)
{
	return relay_machine_address_print(&settings->dns.edge_addresses[0], text);
}
