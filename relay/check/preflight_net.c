/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks before up that look at the machine's network: pool, maps, prefixes, twins, device, edge addresses, port 53.
 *
 * Maps and the translator's own address: no IPv4 address of this machine may be one of them.
 * The kernel keeps what is sent to its own addresses, so that nothing would ever reach the translator, and takes what the
 * translator sends from one for forged. A map of a whole network may hold one: the others work.
 *
 * Twin prefixes: this machine may have no route into one, nor a wider one besides its
 * default route. Our own device may have it since an earlier up; so may the overlay: a relay that accepts routes is told of
 * the same prefix by the one that stands in for it.
 */
#include "relay/check/preflight.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "kernel/address.h"
#include "kernel/link.h"
#include "kernel/listeners.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "kernel/tun.h"
#include "relay/host/choose.h"
#include "relay/host/machine.h"
#include "relay/check/port53.h"
#include "relay/host/runtime.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DNS_PORT = 53 };

void relay_preflight_pool(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	struct relay_taken taken = {0};
	struct conf_prefix4 free_pool;
	char pool[CONF_PREFIX_TEXT], better[CONF_PREFIX_TEXT];
	const char *by;

	(void)purpose;
	if (!settings->translation.has_dynamic_pool ||
	    relay_machine_taken(settings->translation.tun_device, &taken, report) != 0)
		goto out;
	by = relay_taken_find(&taken, &settings->translation.dynamic_pool);
	if (by)
		conf_report_add(report, "dynamic-pool %s overlaps the route %s of this machine: choose another%s%s",
				conf_prefix4_print(&settings->translation.dynamic_pool, pool), by,
				relay_pool_choose(&taken, &free_pool) ? ", for example " : "",
				relay_pool_choose(&taken, &free_pool) ? conf_prefix4_print(&free_pool, better) : "");
out:
	relay_taken_clear(&taken);
}

static void address_check(const struct conf_settings *settings, unsigned line, const char *keyword,
			  struct in_addr address, struct conf_report *report)
{
	const struct conf_address own = {.family = AF_INET, .v4 = address};
	char device[IF_NAMESIZE], text[INET6_ADDRSTRLEN];

	if (kernel_address_owner(&own, device, report) == 1)
		conf_report_add_at(report, settings->file, line,
				   "%s %s is this machine's own address, on %s, and never reaches the translator: choose "
				   "another%s",
				   keyword, relay_machine_address_print(&own, text), device,
				   strcmp(keyword, "map") == 0 ? ", and use DNAT for single ports (nat64d(8), USES)" : "");
}

void relay_preflight_maps(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	address_check(settings, conf_settings_line(settings, "ipv4-addr"), "ipv4-addr",
		      settings->translation.ipv4_address, report);
	for (size_t i = 0; i < settings->translation.map_count; i++)
		if (settings->translation.maps[i].v4.length == 32)
			address_check(settings, settings->translation.maps[i].line, "map",
				      settings->translation.maps[i].v4.address, report);
}

struct prefix_walk {
	const struct conf_settings *settings;
	const struct conf_prefix6 *prefix;
	struct kernel_route route; /* what was found */
};

/* Stops at a route into the prefix that is neither ours nor the overlay's own. */
static int route_is_foreign(void *context, const struct kernel_route *route)
{
	struct prefix_walk *walk = context;

	if (route->to.family != AF_INET6 || route->to.v6.length < walk->prefix->length ||
	    !conf_prefix6_contains(walk->prefix, &route->to.v6.address))
		return 0;
	if (relay_machine_route_is_ours(walk->settings, route))
		return 0;
	walk->route = *route;
	return 1;
}

static void prefix_foreign_report(const struct prefix_walk *walk, struct conf_report *report)
{
	char prefix[CONF_PREFIX_TEXT], route[RELAY_ROUTE_TEXT], name[32];
	pid_t translator = kernel_tun_holder(walk->route.device);

	conf_prefix6_print(walk->prefix, prefix);
	relay_machine_route_print(&walk->route, route);
	if (translator != 0)
		conf_report_add(report,
				"prefix %s has another translator, %s (pid %d) on %s: stop that one, or choose another prefix",
				prefix, relay_machine_process_name(translator, name, sizeof(name)), (int)translator,
				walk->route.device);
	else if (walk->route.type == RTN_LOCAL)
		conf_report_add(report,
				"prefix %s holds an address of this machine, %s: remove the address, or choose another "
				"prefix",
				prefix, route);
	else
		conf_report_add(report,
				"prefix %s is routed elsewhere already, %s: another translator? Remove the route, or choose "
				"another prefix",
				prefix, route);
}

void relay_preflight_prefixes(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		struct prefix_walk walk = {.settings = settings, .prefix = &settings->common.prefixes[i].prefix};

		if (kernel_route_walk(route_is_foreign, &walk, report) == 1)
			prefix_foreign_report(&walk, report);
	}
}

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

void relay_preflight_device(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	pid_t user = kernel_tun_holder(settings->translation.tun_device);
	char name[32];

	if (user == 0)
		return;
	relay_machine_process_name(user, name, sizeof(name));
	if (!relay_machine_process_runs(user, settings->node.translator_program))
		conf_report_add(report, "tun-device %s is in use by %s (pid %d): stop it, or give tun-device another name",
				settings->translation.tun_device, name, (int)user);
	else if (purpose == RELAY_FOR_RUN && !relay_runtime_orphans_is(settings, user))
		conf_report_add(report,
				"%s (pid %d) uses the device %s already: stop it first (systemctl stop nat64-relay)",
				name, (int)user, settings->translation.tun_device);
}

static void edge_report(const struct conf_settings *settings, const struct conf_address *edge, struct conf_report *report)
{
	bool own = settings->dns.edge_auto > 0 && conf_tailnet_has(&settings->node.tailnet, edge);
	char text[INET6_ADDRSTRLEN], addresses[256];

	conf_report_add(report, "edge-address %s is not an address of this node; %s has %s: %s %s",
			relay_machine_address_print(edge, text), settings->node.overlay_interface,
			relay_machine_addresses(settings->node.overlay_interface, addresses, sizeof(addresses)),
			own ? "tailscaled has this address: wait until the interface has it, or correct "
			      "overlay-interface in" :
			      "correct",
			settings->file);
}

/* Is IPv6 turned off for the overlay? Then no line of relay.conf is wrong: say which switch it is. */
static bool ipv6_is_off(const char *overlay, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", NULL};
	char name[KERNEL_SYSCTL_NAME];

	if (access("/proc/sys/net/ipv6", F_OK) != 0) {
		conf_report_add(report, "this kernel runs without IPv6, which clients need to reach the relay: remove "
					"ipv6.disable=1 from its command line "
					"(/etc/default/grub, then update-grub), and reboot");
		return true;
	}
	snprintf(name, sizeof(name), "net/ipv6/conf/%.32s/disable_ipv6", overlay);
	if (!kernel_sysctl_is(&sysctls, name, "1"))
		return false;
	conf_report_add(report,
			"IPv6 is turned off on %s, through which clients send IPv6: sysctl -w "
			"net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 "
			"net.ipv6.conf.%s.disable_ipv6=0, the same in /etc/sysctl.d, then systemctl restart "
			"tailscaled",
			overlay, overlay);
	return true;
}

void relay_preflight_edge(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	char device[IF_NAMESIZE];
	struct kernel_link link;
	bool off;

	(void)purpose;
	if (kernel_link_find(settings->node.overlay_interface, &link, report) == 0) {
		conf_report_add(report,
				"overlay-interface %s: this machine has no such interface; is tailscaled running? "
				"\"ip -brief address\" shows the interfaces",
				settings->node.overlay_interface);
		return;
	}
	off = ipv6_is_off(settings->node.overlay_interface, report);
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (!(off && settings->dns.edge_addresses[i].family == AF_INET6) &&
		    kernel_address_owner(&settings->dns.edge_addresses[i], device, report) == 0)
			edge_report(settings, &settings->dns.edge_addresses[i], report);
}

/* Our own Unbound on the port is as it should be: for up always, for run when a killed run has left it. */
static void listener_judge(const struct conf_settings *settings, enum relay_purpose purpose,
			   const struct conf_address *edge, const struct kernel_listener *listener,
			   struct conf_report *report)
{
	bool own = listener->pid != 0 && relay_machine_process_runs(listener->pid, settings->node.unbound_program);
	char text[INET6_ADDRSTRLEN], pid[24] = "", cure[400];

	if (own && (purpose != RELAY_FOR_RUN || relay_runtime_orphans_is(settings, listener->pid)))
		return;
	if (listener->pid != 0)
		snprintf(pid, sizeof(pid), " (pid %d)", (int)listener->pid);
	conf_report_add(report, "port 53 of %s is in use by %s%s: %s", relay_machine_address_print(edge, text),
			listener->program[0] != '\0' ? listener->program : "another process", pid,
			own ? "the relay is running; stop it first (systemctl stop nat64-relay)" :
			      relay_port53_cure(listener->program, edge, settings, cure, sizeof(cure)));
}

void relay_preflight_port(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		struct kernel_listener listener;

		if (kernel_listener_find(&settings->dns.edge_addresses[i], DNS_PORT, &listener, report) == 1)
			listener_judge(settings, purpose, &settings->dns.edge_addresses[i], &listener, report);
	}
}
