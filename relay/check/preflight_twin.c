/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check before up that looks at the twin prefixes: this machine may have no route into it, nor a wider one besides its
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

static bool meets_twin(const struct conf_settings *settings, const struct kernel_route *route)
{
	return settings->common.has_twin && route->to.family == AF_INET && route->to.v4.length > 1 &&
	       conf_prefix4_overlaps(&route->to.v4, &settings->common.twin.twin);
}

/* A route of 2000::/3 or fc00::/7 is one of those that stand for a default route. */
static bool meets_twin6(const struct conf_settings *settings, const struct kernel_route *route)
{
	return settings->common.has_twin6 && route->to.family == AF_INET6 && route->to.v6.length > 8 &&
	       conf_prefix6_overlaps(&route->to.v6, &settings->common.twin6.twin);
}

static int route_is_in_the_way(void *context, const struct kernel_route *route)
{
	struct twin_walk *walk = context;

	if (route->type == RTN_BROADCAST || route->type == RTN_MULTICAST ||
	    (!meets_twin(walk->settings, route) && !meets_twin6(walk->settings, route)))
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
	if ((!settings->common.has_twin && !settings->common.has_twin6) ||
	    kernel_route_walk(route_is_in_the_way, &walk, report) != 1)
		return;
	relay_machine_route_print(&walk.route, route);
	if (walk.route.to.family == AF_INET)
		conf_report_add(report,
				"twin-prefix %s overlaps the route %s of this machine: choose another private range",
				conf_prefix4_print(&settings->common.twin.twin, twin), route);
	else
		conf_report_add(report,
				"twin6-prefix %s overlaps the route %s of this machine: choose another range of fd00::/8",
				conf_prefix6_print(&settings->common.twin6.twin, twin), route);
}
