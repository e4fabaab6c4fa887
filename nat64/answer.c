/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nat64d answers on its control socket, an object a command; nat64d(8) describes them. */
#include "nat64/answer.h"

#include "config.h"

#include "conf/settings.h"
#include "nat64/control.h"
#include "nat64/counters.h"
#include "nat64/device.h"
#include "nat64/leasefile.h"
#include "nat64/leases.h"
#include "nat64/worker.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#define COPY_ROOM 64

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *counter_json(const struct counter *counter)
{
	return json_pack("{s:o, s:o}", "packets", number(counter->packets), "bytes", number(counter->bytes));
}

/* Every reason, also those that did not happen. */
static json_t *drops_json(const struct counters *counters)
{
	json_t *drops = json_object();

	for (size_t i = NAT64_REASON_NONE + 1; i < NAT64_REASON_COUNT; i++)
		json_object_set_new(drops, nat64_reason_name((enum nat64_reason)i), number(counters->drops[i]));
	return drops;
}

static json_t *counters_json(const struct answer_source *source)
{
	struct counters sum = { 0 };

	for (unsigned i = 0; i < source->worker_count; i++)
		counters_add(&sum, worker_counters(source->workers[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "translated_6to4", counter_json(&sum.translated_6to4),
			 "translated_4to6", counter_json(&sum.translated_4to6),
			 "hairpin", counter_json(&sum.hairpin),
			 "echo_replies", number(sum.echo_replies),
			 "icmp_errors", number(sum.icmp_errors),
			 "drops", drops_json(&sum),
			 "read_errors", number(sum.read_errors),
			 "write_errors", number(sum.write_errors));
}

static json_t *answer_counters(const struct answer_source *source)
{
	struct leases_summary leases = { 0 };

	if (source->leases)
		leases_summarize(source->leases, &leases);
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "version", NAT64_CONTROL_VERSION,
			 "counters", counters_json(source),
			 "leases", number(leases.held),
			 "leases_usable", number(leases.usable),
			 "leases_assigned", number(leases.assigned),
			 "leases_reassigned", number(leases.reassigned),
			 "leases_refused_full", number(leases.refused_full),
			 "leases_refused_site", number(leases.refused_site));
}

static json_t *prefix_json(const struct conf_prefix6 *prefix)
{
	char text[CONF_PREFIX_TEXT];

	return json_string(conf_prefix6_print(prefix, text));
}

static json_t *client_json(const struct answer_source *source, const struct leases_entry *entry, int64_t now)
{
	char ipv4[INET_ADDRSTRLEN], ipv6[INET6_ADDRSTRLEN];
	json_t *client;

	inet_ntop(AF_INET, &entry->address, ipv4, sizeof(ipv4));
	inet_ntop(AF_INET6, &entry->client.address, ipv6, sizeof(ipv6));
	client = json_pack("{s:s, s:s, s:I}", "ipv4", ipv4, "ipv6", ipv6, "idle",
			   (json_int_t)(now > entry->last_used ? now - entry->last_used : 0));
	if (entry->client.prefix < source->settings->prefix_count)
		json_object_set_new(client, "prefix",
				    prefix_json(&source->settings->prefixes[entry->client.prefix].prefix));
	return client;
}

static json_t *answer_clients(const struct answer_source *source)
{
	struct leases_entry entries[COPY_ROOM];
	int64_t now = leasefile_clock_read().steady;
	json_t *clients = json_array();
	uint64_t place = 0;
	size_t count;

	while (source->leases && (count = leases_copy(source->leases, &place, entries, COPY_ROOM)))
		for (size_t i = 0; i < count; i++)
			json_array_append_new(clients, client_json(source, &entries[i], now));
	return json_pack("{s:i, s:o}", "version", NAT64_CONTROL_VERSION, "clients", clients);
}

static json_t *offloads_json(const struct device *device)
{
	json_t *offloads = json_array();
	const char *name;

	for (size_t i = 0; (name = device_offload_name(device, i)); i++)
		json_array_append_new(offloads, json_string(name));
	return offloads;
}

static json_t *prefixes_json(const struct conf_settings *settings)
{
	json_t *prefixes = json_array();

	for (size_t i = 0; i < settings->prefix_count; i++)
		json_array_append_new(prefixes, prefix_json(&settings->prefixes[i].prefix));
	return prefixes;
}

static json_t *answer_info(const struct answer_source *source)
{
	const struct conf_settings *settings = source->settings;
	json_t *info = json_pack("{s:i, s:s, s:I, s:I, s:s, s:s, s:i, s:I, s:o, s:o}",
				 "version", NAT64_CONTROL_VERSION,
				 "release", PACKAGE_VERSION,
				 "pid", (json_int_t)getpid(),
				 "uptime", (json_int_t)(leasefile_clock_read().steady - source->started),
				 "settings", settings->file ? settings->file : "",
				 "device", source->device->name,
				 "mtu", device_mtu(source->device),
				 "queues", (json_int_t)source->worker_count,
				 "offloads", offloads_json(source->device),
				 "prefixes", prefixes_json(settings));
	char pool[CONF_PREFIX_TEXT];

	if (settings->has_dynamic_pool)
		json_object_set_new(info, "pool", json_string(conf_prefix4_print(&settings->dynamic_pool, pool)));
	return info;
}

json_t *answer_make(void *context, const char *command)
{
	static const struct {
		const char *command;
		json_t *(*make)(const struct answer_source *source);
	} answers[] = {
		{ "info", answer_info },
		{ "counters", answer_counters },
		{ "clients", answer_clients },
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (!strcmp(command, answers[i].command))
			return answers[i].make(context);
	return NULL;
}
