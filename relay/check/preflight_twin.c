/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check before up that looks at the twin prefix: this machine may have no route into it, nor a wider one besides its
 * default route. Our own device may have it since an earlier up; so may the overlay: a relay that accepts routes is told of
 * the same prefix by the one that stands in for it.
 */
#include "relay/check/preflight.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/route.h"
#include "relay/host/machine.h"

#include <linux/rtnetlink.h>

struct twin_walk {
	const struct conf_settings *settings;
	struct kernel_route route; /* what was found */
};

static int route_is_in_the_way(void *context, const struct kernel_route *route)
{
	struct twin_walk *walk = context;

	if (route->to.family != AF_INET || route->type == RTN_BROADCAST || route->type == RTN_MULTICAST ||
	    route->to.v4.length <= 1 || !conf_prefix4_overlaps(&route->to.v4, &walk->settings->common.twin.twin))
		return 0;
	if (relay_machine_route_is_ours(walk->settings, route))
		return 0;
	walk->route = *route;
	return 1;
}

void relay_preflight_twin(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	struct twin_walk walk = {.settings = settings};
	char twin[CONF_PREFIX_TEXT], route[RELAY_ROUTE_TEXT];

	(void)purpose;
	if (settings->common.has_twin && kernel_route_walk(route_is_in_the_way, &walk, report) == 1)
		conf_report_add(report,
				"twin-prefix %s overlaps the route %s of this machine: choose another private range",
				conf_prefix4_print(&settings->common.twin.twin, twin),
				relay_machine_route_print(&walk.route, route));
}
