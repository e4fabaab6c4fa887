/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nat64d answers on its control socket, an object a command; nat64d(8) describes them. An answer is bounded: clients
 * come in pages, so that a full pool costs no more memory than a small one.
 */
#include "nat64/daemon/answer.h"

#include "config.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "nat64/daemon/device.h"
#include "nat64/pool/leasefile.h"
#include "nat64/daemon/state.h"
#include "nat64/daemon/worker.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

json_t *nat64d_answer_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *nat64d_answer_prefix4(const struct conf_prefix4 *prefix)
{
	char text[CONF_PREFIX_TEXT];

	return json_string(conf_prefix4_print(prefix, text));
}

json_t *nat64d_answer_prefix6(const struct conf_prefix6 *prefix)
{
	char text[CONF_PREFIX_TEXT];

	return json_string(conf_prefix6_print(prefix, text));
}

json_t *nat64d_answer_refusal(const char *why)
{
	return json_pack("{s:i, s:s}", "version", NAT64_CONTROL_VERSION, "error", why);
}

static json_t *offloads_json(const struct device *device)
{
	json_t *offloads = json_array();
	const char *name;

	for (size_t i = 0; (name = nat64d_device_offload_name(device, i)); i++)
		json_array_append_new(offloads, json_string(name));
	return offloads;
}

static json_t *prefixes_json(const struct conf_settings *settings)
{
	json_t *prefixes = json_array();

	for (size_t i = 0; i < settings->common.prefix_count; i++)
		json_array_append_new(prefixes, nat64d_answer_prefix6(&settings->common.prefixes[i].prefix));
	return prefixes;
}

/* "on", or the reason why not. */
static json_t *fastpath_json(const struct answer_source *source)
{
	const struct conf_settings *settings = (*source->state)->settings;

	if (!settings->translation.fast_path)
		return json_string("fast-path off");
	if (!source->shared->fastpath)
		return json_string(source->shared->fastpath_off ? source->shared->fastpath_off : "out of memory");
	return json_string((*source->state)->is_repeatable ? "on" : "log asks for each packet");
}

static json_t *answer_info(const struct answer_source *source, const json_t *question)
{
	const struct conf_settings *settings = (*source->state)->settings;
	json_t *info = json_pack("{s:i, s:s, s:I, s:I, s:s, s:s, s:i, s:I, s:o, s:o, s:o}", "version",
				 NAT64_CONTROL_VERSION, "release", PACKAGE_VERSION, "pid", (json_int_t)getpid(),
				 "uptime", (json_int_t)(nat64_leasefile_clock_read().steady - source->started),
				 "settings", settings->file ? settings->file : "", "device", source->device->name,
				 "mtu", nat64d_device_mtu(source->device), "queues", (json_int_t)source->worker_count,
				 "fast_path", fastpath_json(source), "offloads", offloads_json(source->device),
				 "prefixes", prefixes_json(settings));

	(void)question;
	if (settings->translation.has_dynamic_pool)
		json_object_set_new(info, "pool", nat64d_answer_prefix4(&settings->translation.dynamic_pool));
	return info;
}

/* Every way from an address of one family to one of the other that is in force, the leases excepted. */
static json_t *answer_maps(const struct answer_source *source, const json_t *question)
{
	const struct conf_settings *settings = (*source->state)->settings;
	json_t *maps = json_array(), *answer;

	(void)question;
	for (size_t i = 0; i < settings->translation.map_count; i++)
		json_array_append_new(maps, json_pack("{s:o, s:o}", "ipv4",
						      nat64d_answer_prefix4(&settings->translation.maps[i].v4), "ipv6",
						      nat64d_answer_prefix6(&settings->translation.maps[i].v6)));
	answer = json_pack("{s:i, s:o, s:o}", "version", NAT64_CONTROL_VERSION, "maps", maps, "prefixes",
			   prefixes_json(settings));
	if (settings->translation.has_dynamic_pool)
		json_object_update_new(answer, json_pack("{s:o, s:I, s:I}", "pool",
							 nat64d_answer_prefix4(&settings->translation.dynamic_pool),
							 "client_quota", (json_int_t)settings->translation.quota.count,
							 "client_prefix_length",
							 (json_int_t)settings->translation.quota.length));
	return answer;
}

static json_t *answer_reload(const struct answer_source *source, const json_t *question)
{
	struct conf_report report = {0};
	json_t *answer = json_pack("{s:i}", "version", NAT64_CONTROL_VERSION), *messages;

	(void)question;
	if (source->reload(source->context, &report)) {
		json_object_set_new(answer, "error", json_string("the new settings are refused"));
		json_object_set_new(answer, "messages", messages = json_array());
		for (size_t i = 0; i < report.count; i++)
			json_array_append_new(messages, json_string(report.lines[i] ? report.lines[i] : "out of memory"));
	}
	conf_report_clear(&report);
	return answer;
}

json_t *nat64d_answer_make(void *source, const char *command, const json_t *question, bool trusted)
{
	static const struct {
		const char *command;
		answer_command *make;
		bool changes; /* something, so that it is not for everybody */
	} answers[] = {
		{.command = "info", .make = answer_info},
		{.command = "counters", .make = nat64d_answer_counters},
		{.command = "clients", .make = nat64d_answer_clients},
		{.command = "maps", .make = answer_maps},
		{.command = "flush", .make = nat64d_answer_flush, .changes = true},
		{.command = "reload", .make = answer_reload, .changes = true},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		if (strcmp(command, answers[i].command) != 0)
			continue;
		if (answers[i].changes && !trusted)
			return nat64d_answer_refusal("only root, and the user that started nat64d, may do this");
		return answers[i].make(source, question);
	}
	return NULL;
}
