/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a relay wants of its tailnet. The routes are settings->node.advertised, as they are. */
#include "relay/setup/wanted.h"

#include "conf/settings.h"
#include "relay/host/machine.h"

#include <string.h>

void relay_wanted_zones(const struct conf_settings *settings, relay_wanted_visitor *visit, void *context)
{
	char name[CONF_REVERSE_TEXT];

	if (settings->dns.edge_address_count == 0 || settings->dns.split_domain_count == 0)
		return;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		visit(context, &(struct relay_wanted_zone){.name = settings->dns.split_domains[i].split});
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		visit(context, &(struct relay_wanted_zone){.name = conf_prefix6_print_reverse(&settings->common.prefixes[i].prefix, name)});
	if (settings->common.has_twin) {
		bool wide = conf_prefix4_reverse_zones(&settings->common.twin.twin) > 1;

		conf_prefix4_print_reverse(&settings->common.twin.twin, 0, name);
		visit(context, &(struct relay_wanted_zone){.name = wide ? strchr(name, '.') + 1 : name, .is_wide = wide});
	}
}

const char *relay_wanted_resolver(const struct conf_settings *settings, char *text)
{
	return relay_machine_address_print(&settings->dns.edge_addresses[0], text);
}
