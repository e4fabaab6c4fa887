/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of items, by the settings and by what the machine is.
 *
 * Sysctls of the device come between making it and setting it up: it gets no link-local address, and sends nothing by itself
 * into the translator. Loose reverse-path checking only where strict is on: a static map's IPv4 side may be routed elsewhere.
 * The overlay needs none: what its hosts answer comes back by the way that leads to them.
 * An interface that has its default route from router advertisements keeps taking them (accept_ra 2, the kernel's
 * ip-sysctl.rst) once forwarding makes this machine a router.
 * IPv6 fragments are collected by the kernel before anybody sees them, in one memory for all: incomplete ones for 60 seconds in 4 MB, so that
 * 70 a second leave no room for those of others. With a client-limit on fragments they stay for 2 seconds (RFC 6146 section 3.4 asks for no
 * less), in a memory that holds what several clients may send in that time. A kernel that has not loaded its conntrack yet has no such
 * sysctl; tailscaled's rules load it.
 */
#include "kernel/items.h"

#include "conf/report.h"
#include "conf/settings.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Add an empty item and return it; NULL when out of memory. */
static struct kernel_item *item_add(struct kernel_items *list, enum kernel_item_kind kind)
{
	struct kernel_item *items = realloc(list->items, (list->count + 1) * sizeof(*items));

	if (!items) {
		list->failed = true;
		return NULL;
	}
	list->items = items;
	memset(&items[list->count], 0, sizeof(*items));
	items[list->count].kind = kind;
	return &items[list->count++];
}

static struct kernel_item *sysctl_add(struct kernel_items *list, const char *name, const char *value)
{
	struct kernel_item *item = item_add(list, KERNEL_SYSCTL);
	char text[KERNEL_SYSCTL_NAME];

	if (!item)
		return NULL;
	snprintf(item->sysctl.name, sizeof(item->sysctl.name), "%s", name);
	snprintf(item->sysctl.value, sizeof(item->sysctl.value), "%s", value);
	snprintf(item->what, sizeof(item->what), "%s = %s", kernel_sysctl_print(name, text), value);
	return item;
}

/* A sysctl of one interface: net/FAMILY/conf/NAME/LEAF. */
static struct kernel_item *interface_sysctl_add(struct kernel_items *list, const char *family, const char *interface,
						const char *leaf, const char *value)
{
	char name[KERNEL_SYSCTL_NAME];

	snprintf(name, sizeof(name), "net/%s/conf/%s/%s", family, interface, leaf);
	return sysctl_add(list, name, value);
}

static struct kernel_item *device_sysctl_add(struct kernel_items *list, const struct conf_settings *settings,
					     const char *family, const char *leaf, const char *value)
{
	struct kernel_item *item = interface_sysctl_add(list, family, settings->translation.tun_device, leaf, value);

	if (item)
		item->sysctl.device = true;
	return item;
}

static bool reverse_path_is_strict(const struct conf_settings *settings, const struct kernel_sysctls *sysctls)
{
	char name[KERNEL_SYSCTL_NAME];

	snprintf(name, sizeof(name), "net/ipv4/conf/%s/rp_filter", settings->translation.tun_device);
	/* The larger of "all" and the interface's own counts; a new interface starts from "default". */
	return kernel_sysctl_is(sysctls, "net/ipv4/conf/all/rp_filter", "1") || kernel_sysctl_is(sysctls, name, "1") ||
	       kernel_sysctl_is(sysctls, "net/ipv4/conf/default/rp_filter", "1");
}

static void device_add(struct kernel_items *list, const struct conf_settings *settings, const struct kernel_sysctls *sysctls)
{
	struct kernel_item *item = item_add(list, KERNEL_DEVICE);

	if (item)
		snprintf(item->what, sizeof(item->what), "device %s", settings->translation.tun_device);
	device_sysctl_add(list, settings, "ipv6", "disable_ipv6", "0");
	item = device_sysctl_add(list, settings, "ipv6", "addr_gen_mode", "1"); /* IN6_ADDR_GEN_MODE_NONE */
	if (item)
		item->sysctl.silent = true;
	device_sysctl_add(list, settings, "ipv6", "forwarding", "1");
	device_sysctl_add(list, settings, "ipv4", "forwarding", "1");
	if (reverse_path_is_strict(settings, sysctls))
		device_sysctl_add(list, settings, "ipv4", "rp_filter", "2");
	item = item_add(list, KERNEL_UP);
	if (item)
		snprintf(item->what, sizeof(item->what), "%s up, MTU %d", settings->translation.tun_device,
			 KERNEL_DEVICE_MTU);
}

static void address_add(struct kernel_items *list, const struct conf_settings *settings)
{
	const struct conf_prefix4 prefix = {settings->translation.device_address, 32};
	struct kernel_item *item = item_add(list, KERNEL_ADDRESS);
	char text[CONF_PREFIX_TEXT];

	if (!item)
		return;
	item->address.family = AF_INET;
	item->address.v4 = settings->translation.device_address;
	snprintf(item->what, sizeof(item->what), "address %s dev %s", conf_prefix4_print(&prefix, text),
		 settings->translation.tun_device);
}

static void destination_add(struct kernel_items *list, enum kernel_item_kind kind, const struct conf_settings *settings,
			    const struct conf_prefix *to)
{
	struct kernel_item *item = item_add(list, kind);
	char text[CONF_PREFIX_TEXT];

	if (!item)
		return;
	item->to = *to;
	conf_prefix_print(to, text);
	if (kind == KERNEL_ROUTE)
		snprintf(item->what, sizeof(item->what), "route %s dev %s", text, settings->translation.tun_device);
	else
		snprintf(item->what, sizeof(item->what), "rule %d: to %s lookup main", KERNEL_RULE_PRIORITY, text);
}

static void own4_add(struct kernel_items *list, enum kernel_item_kind kind, const struct conf_settings *settings)
{
	const struct conf_prefix own = {AF_INET, .v4 = {settings->translation.ipv4_address, 32}};

	if (settings->translation.ipv4_address.s_addr != INADDR_ANY &&
	    !(settings->translation.has_dynamic_pool &&
	      conf_prefix4_contains(&settings->translation.dynamic_pool, settings->translation.ipv4_address)))
		destination_add(list, kind, settings, &own);
}

static void own6_add(struct kernel_items *list, enum kernel_item_kind kind, const struct conf_settings *settings)
{
	const struct conf_prefix own = {AF_INET6, .v6 = {settings->translation.ipv6_address, 128}};
	bool inside = IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address);

	for (size_t i = 0; i < settings->common.prefix_count; i++)
		inside |= conf_prefix6_contains(&settings->common.prefixes[i].prefix, &settings->translation.ipv6_address);
	if (!inside)
		destination_add(list, kind, settings, &own);
}

/* The IPv4 sides of the maps: what IPv4 hosts send there is for the translator. */
static void maps_add(struct kernel_items *list, enum kernel_item_kind kind, const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->translation.map_count; i++) {
		const struct conf_prefix to = {AF_INET, .v4 = settings->translation.maps[i].v4};

		if (!settings->translation.has_dynamic_pool || to.v4.length < settings->translation.dynamic_pool.length ||
		    !conf_prefix4_contains(&settings->translation.dynamic_pool, to.v4.address))
			destination_add(list, kind, settings, &to);
	}
}

/*
 * A route, or a rule, for all that leads into the translator: prefixes, pool, maps, and its own addresses where they lie outside.
 * The twins lead there too, though what comes to it is moved elsewhere before it is routed: so the relay's own programs have a
 * route to begin with, and what nothing moves ends here instead of following the default route.
 */
static void destinations_add(struct kernel_items *list, enum kernel_item_kind kind, const struct conf_settings *settings)
{
	struct conf_prefix to;

	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		to = (struct conf_prefix){AF_INET6, .v6 = settings->common.prefixes[i].prefix};
		destination_add(list, kind, settings, &to);
	}
	own6_add(list, kind, settings);
	if (settings->translation.has_dynamic_pool) {
		to = (struct conf_prefix){AF_INET, .v4 = settings->translation.dynamic_pool};
		destination_add(list, kind, settings, &to);
	}
	if (settings->common.has_twin) {
		to = (struct conf_prefix){AF_INET, .v4 = settings->common.twin.twin};
		destination_add(list, kind, settings, &to);
	}
	if (settings->common.has_twin6) {
		to = (struct conf_prefix){AF_INET6, .v6 = settings->common.twin6.twin};
		destination_add(list, kind, settings, &to);
	}
	own4_add(list, kind, settings);
	maps_add(list, kind, settings);
}

/* What a walk over the routes needs. */
struct advertised {
	struct kernel_items *list;
	const struct kernel_sysctls *sysctls;
};

static int advertised_visit(void *context, const struct kernel_route *route)
{
	const struct advertised *advertised = context;
	char name[KERNEL_SYSCTL_NAME];

	if (route->to.family != AF_INET6 || route->to.v6.length != 0 || route->protocol != RTPROT_RA || !*route->device)
		return 0;
	snprintf(name, sizeof(name), "net/ipv6/conf/%s/accept_ra", route->device);
	if (kernel_sysctl_is(advertised->sysctls, name, "1"))
		interface_sysctl_add(advertised->list, "ipv6", route->device, "accept_ra", "2");
	return 0;
}

#define FRAGMENT_SECONDS "2"
#define FRAGMENT_MEMORY  33554432u /* octets; a fragment takes 5000 in it (seen) */

static void fragments_add(struct kernel_items *list, const struct conf_settings *settings,
			  const struct kernel_sysctls *sysctls)
{
	static const char memory[] = "net/netfilter/nf_conntrack_frag6_high_thresh",
			  time[] = "net/netfilter/nf_conntrack_frag6_timeout";
	char value[KERNEL_SYSCTL_VALUE], wanted[KERNEL_SYSCTL_VALUE];

	if (settings->translation.limits.fragments == 0 || kernel_sysctl_read(sysctls, memory, value) < 0)
		return;
	if (strtoul(value, NULL, 10) < FRAGMENT_MEMORY)
		snprintf(wanted, sizeof(wanted), "%u", FRAGMENT_MEMORY);
	else
		snprintf(wanted, sizeof(wanted), "%s", value);
	sysctl_add(list, memory, wanted);
	sysctl_add(list, time, FRAGMENT_SECONDS);
}

/* Accepting advertisements comes first: turning forwarding on throws away the default routes that came by them. */
static int forwarding_add(struct kernel_items *list, const struct conf_settings *settings,
			  const struct kernel_sysctls *sysctls, struct conf_report *report)
{
	struct advertised advertised = {list, sysctls};
	struct kernel_item *item;

	if (kernel_route_walk(advertised_visit, &advertised, report) < 0)
		return -1;
	item = sysctl_add(list, "net/ipv4/ip_forward", "1");
	if (item)
		item->sysctl.forwarding = true;
	item = sysctl_add(list, "net/ipv6/conf/all/forwarding", "1");
	if (item)
		item->sysctl.forwarding = true;
	if (if_nametoindex(settings->node.overlay_interface)) {
		interface_sysctl_add(list, "ipv4", settings->node.overlay_interface, "forwarding", "1");
		interface_sysctl_add(list, "ipv6", settings->node.overlay_interface, "forwarding", "1");
	}
	return 0;
}

int kernel_items_build(struct kernel_items *list, const struct conf_settings *settings,
		       const struct kernel_sysctls *sysctls, struct conf_report *report)
{
	*list = (struct kernel_items){.items = NULL};
	device_add(list, settings, sysctls);
	if (settings->translation.device_address.s_addr != INADDR_ANY)
		address_add(list, settings);
	destinations_add(list, KERNEL_ROUTE, settings);
	destinations_add(list, KERNEL_RULE, settings);
	fragments_add(list, settings, sysctls);
	if (forwarding_add(list, settings, sysctls, report) < 0)
		return -1;
	if (list->failed)
		conf_report_add(report, "out of memory");
	return list->failed ? -1 : 0;
}

void kernel_items_clear(struct kernel_items *list)
{
	free(list->items);
	*list = (struct kernel_items){.items = NULL};
}
