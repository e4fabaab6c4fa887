/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel keeps who made a rule, a route or an address, as a number. So nothing needs to be recorded to find what is ours:
 * also after the settings were changed, or the runtime directory was lost. (Linux before 5.18 keeps none for addresses; those
 * go with the device.)
 */
#include "kernel/orphans.h"

#include "conf/report.h"
#include "kernel/items.h"
#include "kernel/link.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>

/* A sweep in progress. */
struct sweep {
	const struct kernel_items *items;
	const struct kernel_link *device;
	kernel_orphans_observer *observer;
	void *context;
	struct conf_report *report;
	int result;
};

/* Note what came of one removal: 1 done, 0 was gone by itself, -1. */
static void note(struct sweep *sweep, int removed, const char *what)
{
	if (removed < 0)
		sweep->result = -1;
	else if (removed && sweep->observer)
		sweep->observer(sweep->context, what);
}

static bool destination_is_wanted(const struct sweep *sweep, enum kernel_item_kind kind, const struct conf_prefix *to)
{
	for (size_t i = 0; i < sweep->items->count; i++) {
		if (sweep->items->items[i].kind == kind && conf_prefix_equals(&sweep->items->items[i].to, to))
			return true;
	}
	return false;
}

static int rule_visit(void *context, const struct kernel_rule *rule)
{
	struct sweep *sweep = context;
	char text[CONF_PREFIX_TEXT], what[CONF_PREFIX_TEXT + 64];

	if (rule->protocol != KERNEL_PROTOCOL || rule->priority != KERNEL_RULE_PRIORITY ||
	    rule->table != RT_TABLE_MAIN || !rule->plain || destination_is_wanted(sweep, KERNEL_RULE, &rule->to))
		return 0;
	snprintf(what, sizeof(what), "rule %d: to %s lookup main", KERNEL_RULE_PRIORITY,
		 conf_prefix_print(&rule->to, text));
	note(sweep, kernel_rule_remove(rule, sweep->report), what);
	return 0;
}

static int route_visit(void *context, const struct kernel_route *route)
{
	struct sweep *sweep = context;
	char text[CONF_PREFIX_TEXT], what[CONF_PREFIX_TEXT + IF_NAMESIZE + 16];

	if (route->protocol != KERNEL_PROTOCOL || route->table != RT_TABLE_MAIN ||
	    route->index != sweep->device->index || destination_is_wanted(sweep, KERNEL_ROUTE, &route->to))
		return 0;
	snprintf(what, sizeof(what), "route %s dev %s", conf_prefix_print(&route->to, text), route->device);
	note(sweep, kernel_route_remove(route, sweep->report), what);
	return 0;
}

static bool address_is_wanted(const struct sweep *sweep, const struct conf_address *address)
{
	for (size_t i = 0; i < sweep->items->count; i++) {
		if (sweep->items->items[i].kind == KERNEL_ADDRESS &&
		    sweep->items->items[i].address.v4.s_addr == address->v4.s_addr)
			return true;
	}
	return false;
}

static int address_visit(void *context, const struct kernel_address *address)
{
	struct sweep *sweep = context;
	char text[INET_ADDRSTRLEN], what[INET_ADDRSTRLEN + IF_NAMESIZE + 32];

	if (address->address.family != AF_INET || address->protocol != KERNEL_PROTOCOL ||
	    address->index != sweep->device->index || address_is_wanted(sweep, &address->address))
		return 0;
	snprintf(what, sizeof(what), "address %s/%u dev %s",
		 inet_ntop(AF_INET, &address->address.v4, text, sizeof(text)), address->length, address->device);
	note(sweep, kernel_address_remove(address, sweep->report), what);
	return 0;
}

int kernel_orphans_remove(const struct kernel_items *items, const struct kernel_link *device,
			  kernel_orphans_observer *observer, void *context, struct conf_report *report)
{
	struct sweep sweep = {items, device, observer, context, report, 0};

	if (kernel_rule_walk(rule_visit, &sweep, report) < 0)
		return -1;
	if (device->index && (kernel_route_walk(route_visit, &sweep, report) < 0 ||
			      kernel_address_walk(address_visit, &sweep, report) < 0))
		return -1;
	return sweep.result;
}
