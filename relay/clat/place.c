/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CLAT in place: nat64d with a device, which has this host's IPv4 address, the default route, and the route of this host's address on the way;
 * the uplink answers for that address (proxy NDP), and forwards. Interfaces that take router advertisements go on to take them (accept_ra 2) when the host
 * forwards: all of them, and those to come, for another may be the uplink tomorrow. The device has the uplink's MTU, for IPv6 packets come from there and
 * go there; that of the default route is less by the difference of the headers.
 *
 * The settings of the translator are there while anything else may be, and say what: so a device of this name without them is another program's, and is
 * left alone, and what a process that was killed has left is known.
 */
#include "relay/clat/place.h"

#include "relay/clat/clat.h"

#include "conf/file.h"
#include "conf/entries.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/link.h"
#include "kernel/lookup.h"
#include "kernel/netlink.h"
#include "kernel/route.h"
#include "kernel/sysctl.h"
#include "kernel/tun.h"
#include "relay/host/clock.h"
#include "relay/host/loop.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORWARDING "net/ipv6/conf/all/forwarding"

enum { HEADERS = 20, MTU_LEAST = 1280, READY_MS = 20000, STOP_MS = 5000, STEP_MS = 50 };

void relay_clat_init(struct relay_clat *clat)
{
	snprintf(clat->settings, sizeof(clat->settings), "%s/nat64d.conf", clat->runtime);
	snprintf(clat->memory, sizeof(clat->memory), "%s/sysctl.json", clat->runtime);
	snprintf(clat->state, sizeof(clat->state), "%s/clat.json", clat->runtime);
	snprintf(clat->lock, sizeof(clat->lock), "%s/lock", clat->runtime);
	memcpy(clat->argv, (const char *[]){clat->translator, "--nodetach", "-c", clat->settings, NULL},
	       sizeof(clat->argv));
	relay_child_init(&clat->child, "nat64d", clat->argv, "NAT64_RELAY_CLAT=1");
}

static int sysctl_set(const struct relay_clat *clat, const char *name, const char *value, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", clat->memory};

	if (kernel_sysctl_is(&sysctls, name, value))
		return 0;
	return kernel_sysctl_claim(&sysctls, name, value, report) || kernel_sysctl_write(&sysctls, name, value, report) ?
		       -1 :
		       0;
}

/* An interface, or "default", that takes advertisements while it does not forward. */
static int adverts_keep(const struct relay_clat *clat, const char *interface, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", clat->memory};
	char forwarding[KERNEL_SYSCTL_NAME], name[KERNEL_SYSCTL_NAME];

	snprintf(forwarding, sizeof(forwarding), "net/ipv6/conf/%.32s/forwarding", interface);
	snprintf(name, sizeof(name), "net/ipv6/conf/%.32s/accept_ra", interface);
	return kernel_sysctl_is(&sysctls, forwarding, "0") && kernel_sysctl_is(&sysctls, name, "1") ?
		       sysctl_set(clat, name, "2", report) :
		       0;
}

static int forwarding_set(const struct relay_clat *clat, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", clat->memory};
	const struct dirent *entry;
	DIR *interfaces;
	int result = 0;

	if (kernel_sysctl_is(&sysctls, FORWARDING, "1"))
		return 0;
	interfaces = opendir("/proc/sys/net/ipv6/conf");
	while (interfaces && result == 0 && (entry = readdir(interfaces)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "all") != 0)
			result = adverts_keep(clat, entry->d_name, report);
	if (interfaces)
		closedir(interfaces);
	return result == 0 ? kernel_forwarding_set(&sysctls, FORWARDING, RELAY_CLAT_DEVICE, report) : -1;
}

static int sysctls_set(const struct relay_clat *clat, const char *uplink, struct conf_report *report)
{
	char name[KERNEL_SYSCTL_NAME];

	snprintf(name, sizeof(name), "net/ipv6/conf/%s/proxy_ndp", uplink);
	return sysctl_set(clat, name, "1", report) != 0 || forwarding_set(clat, report) != 0 ? -1 : 0;
}

/* ip -6 neigh replace|del proxy ADDRESS dev UPLINK */
static int proxy_set(const struct relay_clat_plan *plan, int type, struct conf_report *report)
{
	char buffer[KERNEL_NETLINK_ROOM];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ndmsg *fixed = mnl_nlmsg_put_extra_header(message, sizeof(*fixed));

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	fixed->ndm_family = AF_INET6;
	fixed->ndm_ifindex = (int)if_nametoindex(plan->uplink);
	fixed->ndm_flags = NTF_PROXY;
	mnl_attr_put(message, NDA_DST, sizeof(plan->address6), &plan->address6);
	return kernel_netlink_change(message, ENOENT, "answer for this host's translated address", report);
}

static int settings_write(const struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report)
{
	char text[1500], prefix[CONF_PREFIX_TEXT], address6[INET6_ADDRSTRLEN], address4[INET_ADDRSTRLEN],
		own4[INET_ADDRSTRLEN];
	int length;

	inet_ntop(AF_INET6, &plan->address6, address6, sizeof(address6));
	inet_ntop(AF_INET, &plan->address4, address4, sizeof(address4));
	inet_ntop(AF_INET, &plan->own4, own4, sizeof(own4));
	length = snprintf(text, sizeof(text),
			  "# Made by nat64-relay clat, again at each change.\n"
			  "prefix %s\n"
			  "map %s %s\n"
			  "ipv4-addr %s\n"
			  "tun-device %s\n"
			  "tun-up yes\n"
			  "tun-ip %s\n"
			  "tun-route %s\n"
			  "overlay-interface %s\n"
			  "user %s\n"
			  "runtime-dir %s\n"
			  "data-dir %s/data\n",
			  conf_prefix6_print(&plan->prefix, prefix), address4, address6, own4, RELAY_CLAT_DEVICE,
			  address4, address6, plan->uplink, clat->user, clat->runtime, clat->runtime);
	return conf_file_put(clat->settings, text, (size_t)length, 0644, NULL, report);
}

/* nat64d has its device, its address and its route when that address leads to the device. */
static bool device_is_ready(const struct relay_clat_plan *plan)
{
	const struct conf_address to = {.family = AF_INET6, .v6 = plan->address6};
	char device[IF_NAMESIZE];
	bool leads = kernel_lookup_device(&to, device, CONF_REPORT_DISCARD) == 1 && strcmp(device, RELAY_CLAT_DEVICE) == 0;

	return leads;
}

static int ready_await(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report)
{
	uint64_t end = relay_clock_ms() + READY_MS;

	while (relay_clock_ms() < end) {
		if (device_is_ready(plan))
			return 0;
		if (clat->child.pid == 0)
			return conf_report_add(report,
					       "the translator exited: its messages are in the journal of "
					       "nat64-relay-clat.service, or without systemd in %s/log",
					       clat->runtime);
		relay_loop_wait(clat->loop, relay_clock_ms() + STEP_MS);
	}
	return conf_report_add(report, "the translator was not ready after %d s", READY_MS / 1000);
}

static unsigned mtu_of(const struct relay_clat_plan *plan)
{
	return plan->mtu < MTU_LEAST ? MTU_LEAST : plan->mtu;
}

static int default_put(const struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report)
{
	struct kernel_route route = {.to.family = AF_INET,
				     .source = plan->address4,
				     .table = RT_TABLE_MAIN,
				     .type = RTN_UNICAST,
				     .protocol = KERNEL_PROTOCOL,
				     .metric = clat->metric,
				     .mtu = mtu_of(plan) - HEADERS,
				     .index = (int)if_nametoindex(RELAY_CLAT_DEVICE)};

	snprintf(route.device, sizeof(route.device), "%s", RELAY_CLAT_DEVICE);
	return kernel_route_replace(&route, report) < 0 ? -1 : 0;
}

static int default_visit(void *context, const struct kernel_route *route)
{
	const struct relay_clat *clat = context;

	return route->to.family == AF_INET && route->to.v4.length == 0 && route->table == RT_TABLE_MAIN &&
	       route->protocol == KERNEL_PROTOCOL && route->metric == clat->metric &&
	       strcmp(route->device, RELAY_CLAT_DEVICE) == 0;
}

/* The device and the default route, with the MTU of the plan's uplink. The route is not written again: that would be a change, to look at it again. */
static int device_set(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report)
{
	struct kernel_link link;

	if (kernel_link_find(RELAY_CLAT_DEVICE, &link, report) != 1)
		return -1;
	if (link.mtu == mtu_of(plan) && kernel_route_walk(default_visit, clat, report) == 1)
		return 0;
	if (link.mtu != mtu_of(plan) && kernel_link_set_up(&link, mtu_of(plan), report) < 0)
		return -1;
	return default_put(clat, plan, report);
}

int relay_clat_repair(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report)
{
	if (!device_is_ready(plan) || sysctls_set(clat, plan->uplink, report) != 0 ||
	    proxy_set(plan, RTM_NEWNEIGH, report) < 0 || device_set(clat, plan, report) != 0)
		return -1;
	clat->plan.mtu = plan->mtu;
	return 0;
}

int relay_clat_place(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report)
{
	clat->plan = *plan;
	if (settings_write(clat, plan, report) == 0 && sysctls_set(clat, plan->uplink, report) == 0 &&
	    proxy_set(plan, RTM_NEWNEIGH, report) >= 0) {
		if (relay_child_start(clat->loop, &clat->child) != 0)
			conf_report_add(report, "cannot start %s: %s", clat->translator, strerror(errno));
		else if (ready_await(clat, plan, report) == 0 && device_set(clat, plan, report) == 0)
			return 0;
	}
	relay_clat_unplace(clat);
	return -1;
}

void relay_clat_unplace(struct relay_clat *clat)
{
	struct kernel_link link;

	if (clat->child.pid != 0)
		relay_children_stop(clat->loop, &clat->child, 1);
	if (clat->plan.wanted && kernel_link_find(RELAY_CLAT_DEVICE, &link, CONF_REPORT_DISCARD) == 1 && link.is_tun)
		kernel_link_remove(&link, CONF_REPORT_DISCARD); /* its addresses and routes go with it */
	if (clat->plan.wanted)
		proxy_set(&clat->plan, RTM_DELNEIGH, CONF_REPORT_DISCARD);
	clat->plan.wanted = false;
	unlink(clat->settings);
}

/* The translator of a process that was killed goes on without it. */
static void orphan_stop(void)
{
	pid_t translator = kernel_tun_holder(RELAY_CLAT_DEVICE);
	uint64_t end = relay_clock_ms() + STOP_MS;

	if (translator == 0)
		return;
	kill(translator, SIGTERM);
	while (kill(translator, 0) == 0 && relay_clock_ms() < end)
		usleep(STEP_MS * 1000);
	kill(translator, SIGKILL);
}

void relay_clat_settle(struct relay_clat *clat)
{
	struct conf_settings *settings = conf_settings_read(clat->settings, CONF_REPORT_DISCARD);

	if (settings && settings->translation.map_count > 0) {
		clat->plan.wanted = true;
		clat->plan.address6 = settings->translation.maps[0].v6.address;
		snprintf(clat->plan.uplink, sizeof(clat->plan.uplink), "%s", settings->node.overlay_interface);
		orphan_stop();
	}
	conf_settings_free(settings);
	relay_clat_unplace(clat);
	unlink(clat->state);
}

void relay_clat_restore(const struct relay_clat *clat)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", clat->memory};

	kernel_sysctl_restore(&sysctls, NULL, NULL, CONF_REPORT_DISCARD);
}
