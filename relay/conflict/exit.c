// SPDX-License-Identifier: GPL-2.0-or-later
// The interface by which the translator's packets to targets leave, for the search through the firewalls.
#include "relay/conflict/exit.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "kernel/route.h"

#include <linux/rtnetlink.h>
#include <string.h>

struct exit_walk {
	struct in_addr target;
	char *device;
	int length; /* of the best prefix so far; -1: none */
};

static int route_compare(void *context, const struct kernel_route *route)
{
	struct exit_walk *walk = context;

	if (route->table != RT_TABLE_MAIN || route->to.family != AF_INET || route->device[0] == '\0' ||
	    !conf_prefix4_contains(&route->to.v4, walk->target) || (int)route->to.v4.length <= walk->length)
		return 0;
	walk->length = (int)route->to.v4.length;
	memcpy(walk->device, route->device, IF_NAMESIZE);
	return 0;
}

void relay_conflict_exit(const struct conf_settings *settings, const struct conf_address *target, char device[IF_NAMESIZE])
{
	struct exit_walk walk = {.target = target->v4, .device = device, .length = -1};
	const struct conf_prefix4 overlay = conf_special_shared_space();
	struct conf_report quiet = {0};

	strncpy(device, settings->node.overlay_interface, IF_NAMESIZE - 1);
	device[IF_NAMESIZE - 1] = '\0';
	if (!conf_prefix4_contains(&overlay, target->v4))
		kernel_route_walk(route_compare, &walk, &quiet);
	conf_report_clear(&quiet);
}
