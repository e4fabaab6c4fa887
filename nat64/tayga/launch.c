/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line, the environment and the name that nat64d is called by make of the settings.
 *
 * The command line wins over the file, the file over the environment (STATE_DIRECTORY, see systemd.exec(5)), and that over
 * the defaults. Called as tayga, nat64d leaves no trace where TAYGA leaves none: without data-dir no leases on disk, without
 * runtime-dir neither lock nor control socket (two instances then only meet at the device), and without a user it stays who it is,
 * though without capabilities.
 *
 * Of the lines that nat64d prints once it translates, scripts look for some, in the words of TAYGA.
 */
#include "nat64/tayga/launch.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/address.h"
#include "kernel/link.h"
#include "kernel/route.h"
#include "kernel/tun.h"
#include "nat64/pool/lock.h"
#include "nat64/tayga/options.h"
#include "nat64/daemon/privileges.h"
#include "nat64/daemon/device.h"
#include "conf/log.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define END_MILLISECONDS   5000 /* a translator that was told to end has ended by then */
#define PAUSE_MILLISECONDS 50

static int text_set(char **place, const char *text, struct conf_report *report)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return conf_report_add(report, "out of memory");
	free(*place);
	*place = copy;
	return 0;
}

/* The first folder of STATE_DIRECTORY; NULL when there is none. */
static int state_directory_read(struct conf_settings *settings, const struct options *options, struct conf_report *report)
{
	const char *folders = getenv("STATE_DIRECTORY");

	if (!folders || !*folders)
		return options->as_tayga ? text_set(&settings->node.data_dir, NULL, report) : 0;
	if (*folders != '/')
		return conf_report_add(
			report, "STATE_DIRECTORY \"%s\" is not an absolute path: correct it, or add a data-dir to %s",
			folders, options->config);
	if (text_set(&settings->node.data_dir, folders, report))
		return -1;
	if (strchr(settings->node.data_dir, ':')) {
		*strchr(settings->node.data_dir, ':') = '\0';
		conf_report_add(&settings->notices, "STATE_DIRECTORY has several folders: the first, %s, is used",
				settings->node.data_dir);
	}
	return 0;
}

static int settings_settle(struct conf_settings *settings, const struct options *options, struct conf_report *report)
{
	const char *user = options->user;

	if (!user && options->as_tayga && !conf_settings_has(settings, "user"))
		user = "root";
	if (user && text_set(&settings->node.user, user, report))
		return -1;
	if (options->as_tayga && !conf_settings_has(settings, "runtime-dir") &&
	    text_set(&settings->node.runtime_dir, NULL, report))
		return -1;
	if (!conf_settings_has(settings, "data-dir") && state_directory_read(settings, options, report))
		return -1;
	if (!options->change_root || settings->node.data_dir)
		return 0;
	return conf_report_add(report, "--chroot uses the data-dir, but %s has none: add one", options->config);
}

struct conf_settings *nat64d_launch_settings_read(const struct options *options, struct conf_report *report)
{
	struct conf_settings *settings = conf_settings_read(options->config, report);

	if (!settings || !settings_settle(settings, options, report))
		return settings;
	conf_settings_free(settings);
	return NULL;
}

int nat64d_launch_device_make(const struct conf_settings *settings, struct conf_report *report)
{
	struct nat64d_privileges privileges;

	return nat64d_privileges_find(&privileges, settings->node.user, NULL, report) ||
			       kernel_tun_create(settings->translation.tun_device, privileges.user, report) ?
		       -1 :
		       0;
}

/* True when somebody is still attached after a while: an init script that has just sent SIGTERM does not wait for the end. */
static bool is_held(const char *device)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MILLISECONDS * 1000000L};

	for (int waited = 0; waited < END_MILLISECONDS; waited += PAUSE_MILLISECONDS) {
		if (kernel_tun_holder(device) <= 0)
			return false;
		nanosleep(&pause, NULL);
	}
	return kernel_tun_holder(device) > 0;
}

int nat64d_launch_device_remove(const struct conf_settings *settings, struct conf_report *report)
{
	struct kernel_link link;
	int found = kernel_link_find(settings->translation.tun_device, &link, report);

	if (found <= 0)
		return found;
	if (!link.is_tun)
		return conf_report_add(report, "%s is not a TUN device: it stays", link.name);
	if (is_held(link.name)) {
		nat64_lock_explain(link.name, report);
		return -1;
	}
	return kernel_link_remove(&link, report) < 0 ? -1 : 0;
}

static int address_add(const struct conf_prefix *network, const struct kernel_link *link, struct conf_report *report)
{
	struct kernel_address address = {
		.address = conf_prefix_address(network), .length = conf_prefix_length(network), .index = link->index};

	memcpy(address.device, link->name, sizeof(address.device));
	return kernel_address_add(&address, report) < 0 ? -1 : 0;
}

static int route_add(const struct conf_prefix *network, const struct kernel_link *link, struct conf_report *report)
{
	struct kernel_route route = {
		.to = *network, .table = RT_TABLE_MAIN, .type = RTN_UNICAST, .protocol = RTPROT_BOOT, .index = link->index};

	memcpy(route.device, link->name, sizeof(route.device));
	return kernel_route_replace(&route, report) < 0 ? -1 : 0;
}

/* IPv4 before IPv6. */
static int addresses_add(const struct conf_tun *tun, int family, const struct kernel_link *link, struct conf_report *report)
{
	for (size_t i = 0; i < tun->address_count; i++)
		if (tun->addresses[i].family == family && address_add(&tun->addresses[i], link, report))
			return -1;
	return 0;
}

int nat64d_launch_device_configure(const struct conf_settings *settings, struct conf_report *report)
{
	const struct conf_tun *tun = &settings->translation.tun;
	struct kernel_link link;
	int found;

	if (!tun->up && tun->address_count + tun->route_count == 0)
		return 0;
	found = kernel_link_find(settings->translation.tun_device, &link, report);
	if (found == 0)
		conf_report_add(report, "device %s is gone", settings->translation.tun_device);
	if (found <= 0 || (tun->up && kernel_link_set_up(&link, link.mtu, report)) ||
	    addresses_add(tun, AF_INET, &link, report) || addresses_add(tun, AF_INET6, &link, report))
		return -1;
	for (size_t i = 0; i < tun->route_count; i++)
		if (route_add(&tun->routes[i], &link, report))
			return -1;
	return 0;
}

static void settings_log(const struct log *log, const struct conf_settings *settings)
{
	char text[CONF_PREFIX_TEXT];

	conf_log_print(log, LOG_INFO, "the translator's IPv4 address: %s",
		       inet_ntop(AF_INET, &settings->translation.ipv4_address, text, sizeof(text)));
	conf_log_print(log, LOG_INFO, "the translator's IPv6 address: %s",
		       inet_ntop(AF_INET6, &settings->translation.ipv6_address, text, sizeof(text)));
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		conf_log_print(log, LOG_INFO, "NAT64 prefix: %s",
			       conf_prefix6_print(&settings->common.prefixes[i].prefix, text));
	if (settings->translation.has_dynamic_pool)
		conf_log_print(log, LOG_INFO, "Dynamic pool: %s",
			       conf_prefix4_print(&settings->translation.dynamic_pool, text));
}

void nat64d_announce_start(const struct log *log, const struct conf_settings *settings, const struct device *device)
{
	char offloads[128] = "";
	const char *name;

	for (size_t i = 0; (name = nat64d_device_offload_name(device, i)); i++) {
		strncat(offloads, " ", sizeof(offloads) - strlen(offloads) - 1);
		strncat(offloads, name, sizeof(offloads) - strlen(offloads) - 1);
	}
	conf_log_print(log, LOG_INFO, "Using tun device %s with MTU %d", device->name, nat64d_device_mtu(device));
	settings_log(log, settings);
	conf_log_event(log, LOG_INFO, "START", NULL, "translating on %s: %u queues, offloads:%s", device->name,
		       device->queue_count, *offloads ? offloads : " none");
}
