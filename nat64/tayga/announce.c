/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that nat64d says once it translates. Scripts look for some of them, in the words of TAYGA. */
#include "nat64/tayga/announce.h"

#include "conf/settings.h"
#include "nat64/daemon/device.h"
#include "conf/log.h"

#include <arpa/inet.h>
#include <string.h>
#include <syslog.h>

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
