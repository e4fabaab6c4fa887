/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading relay.conf.
 *
 * Every line (conf/lines.c) is read and every error reported before the file is refused. Then conf/complete.c fills in what the
 * file left out, conf/mapfile.c adds the maps of a map-file, conf/own.c chooses addresses beside them, and conf/check.c looks at the whole.
 */
#include "conf/settings.h"

#include "conf/advertised.h"
#include "conf/check.h"
#include "conf/complete.h"
#include "conf/directive.h"
#include "conf/mapfile.h"
#include "conf/nearest.h"
#include "conf/own.h"
#include "conf/policy.h"
#include "conf/report.h"
#include "conf/tayga.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool conf_settings_is_relay(const struct conf_settings *settings)
{
	return settings->dns.split_domain_count > 0;
}

bool conf_settings_loads_module(const struct conf_settings *settings)
{
	bool fits = strcmp(settings->node.unbound_program, RELAY_UNBOUND_PROGRAM) == 0 || conf_settings_has(settings, "unbound-module");

	return conf_settings_is_relay(settings) || (settings->dns.dns64.on && fits);
}

bool conf_settings_vets_errors(const struct conf_settings *settings)
{
	/* What conf_gateway_is_meant() says, without a look-up: outside of a relay no destination is allowed by default. */
	bool is_gateway = settings->dns.dns64.on || settings->dns.discovery_count > 0 || settings->common.allowed_destination_count > 0;
	bool knows_clients = conf_settings_is_relay(settings) || (is_gateway && settings->translation.allowed_source_count > 0);

	return knows_clients && !IN6_IS_ADDR_UNSPECIFIED(&settings->translation.ipv6_address);
}

bool conf_settings_pool_precedes(const struct conf_settings *settings, const struct conf_map *map, struct in_addr address)
{
	return settings->translation.has_dynamic_pool && map->v4.length < settings->translation.dynamic_pool.length && conf_prefix4_contains(&settings->translation.dynamic_pool, address);
}

unsigned conf_settings_line(const struct conf_settings *settings, const char *keyword)
{
	const struct conf_directive *directive = conf_directive_find(keyword);
	return directive ? settings->lines[directive - conf_directives] : 0;
}

bool conf_settings_has(const struct conf_settings *settings, const char *keyword)
{
	return conf_settings_line(settings, keyword) > 0;
}

bool conf_split_domain_is_same(const struct conf_split_domain *domain)
{
	return strcmp(domain->split, domain->real) == 0;
}

static bool prefix_is_tied(const struct conf_nat64_prefix *entry, const char *split)
{
	for (size_t d = 0; d < entry->domain_count; d++)
		if (strcmp(entry->domains[d], split) == 0)
			return true;
	return false;
}

bool conf_settings_prefix_serves(const struct conf_settings *settings, size_t index, const char *split)
{
	if (settings->common.prefixes[index].domain_count > 0)
		return prefix_is_tied(&settings->common.prefixes[index], split);
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (prefix_is_tied(&settings->common.prefixes[i], split))
			return false;
	return true;
}

const struct conf_prefix6 *conf_settings_prefix_of(const struct conf_settings *settings, const char *split)
{
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		if (conf_settings_prefix_serves(settings, i, split))
			return &settings->common.prefixes[i].prefix;
	return NULL;
}

static void report_unknown(const struct conf_line *line, struct conf_report *report)
{
	struct conf_nearest search = { .word = line->words[0] };

	for (size_t i = 0; i < conf_directive_count; i++)
		conf_nearest_offer(&search, conf_directives[i].keyword);
	conf_report_add_at(report, line->file, line->number, "unknown directive \"%s\": %s%s%s", line->words[0],
			   search.nearest ? "did you mean " : "relay.conf(5) lists what there is", search.nearest ? search.nearest : "",
			   search.nearest ? "?" : "");
}

/* A line that may stand. */
static void settings_store(struct conf_settings *settings, const struct conf_directive *directive, const struct conf_line *line,
			   struct conf_report *report)
{
	unsigned first = settings->lines[directive - conf_directives];

	if (directive->store(directive, settings, line, report) == 0 && first && directive->repeat == CONF_LAST)
		conf_report_add_at(&settings->notices, line->file, line->number,
				   "%s stands on line %u already: this line counts; remove one of them", directive->keyword, first);
}

static void settings_take_line(void *context, const struct conf_line *line, struct conf_report *report)
{
	struct conf_settings *settings = context;
	const struct conf_directive *directive = conf_directive_find(line->words[0]);
	if (!directive) {
		report_unknown(line, report);
		return;
	}
	unsigned *first = &settings->lines[directive - conf_directives];
	size_t arguments = line->count - 1;
	if (*first && directive->repeat == CONF_ONCE)
		conf_report_add_at(report, line->file, line->number, "repeated directive \"%s\": it stands on line %u already",
				   directive->keyword, *first);
	else if (arguments < directive->min_arguments || arguments > directive->max_arguments)
		conf_report_add_at(report, line->file, line->number, "%s has %zu arguments: write %s %s", directive->keyword,
				   arguments, directive->keyword, directive->arguments);
	else
		settings_store(settings, directive, line, report);
	if (!*first)
		*first = line->number;
}

static struct conf_settings *settings_new(const char *name)
{
	struct conf_settings *settings = calloc(1, sizeof(*settings));
	if (!settings)
		return NULL;
	settings->file = strdup(name);
	settings->lines = calloc(conf_directive_count, sizeof(*settings->lines));
	conf_complete_before(settings);
	if (!settings->file || !settings->lines) {
		conf_settings_free(settings);
		return NULL;
	}
	return settings;
}

static struct conf_settings *settings_read_stream(const char *name, FILE *stream, const struct conf_tailnet *tailnet,
						  struct conf_report *report)
{
	size_t before = report->count;
	struct conf_settings *settings = settings_new(name);
	if (!settings) {
		conf_report_add(report, "%s: out of memory", name);
		return NULL;
	}
	if (tailnet)
		settings->node.tailnet = *tailnet;
	conf_lines_read(stream, settings->file, settings_take_line, settings, report);
	if (report->count == before && !conf_complete(settings))
		conf_report_add(report, "%s: out of memory", name);
	if (report->count == before)
		conf_mapfile_load(settings, report);
	if (report->count == before && !conf_own_complete(settings))
		conf_report_add(report, "%s: out of memory", name);
	if (report->count == before)
		conf_check(settings, report);
	if (report->count == before) {
		conf_tayga_look(settings);
		conf_advertised_note(settings);
		return settings;
	}
	conf_settings_free(settings);
	return NULL;
}

struct conf_settings *conf_settings_read_as(const char *path, const struct conf_tailnet *tailnet, struct conf_report *report)
{
	FILE *stream = fopen(path, "re");
	if (!stream) {
		conf_report_add(report, "%s: cannot be opened: %s%s", path, strerror(errno),
				errno == ENOENT ? " (nat64-relay init --split-domain NAME writes one)" : "");
		return NULL;
	}
	struct conf_settings *settings = settings_read_stream(path, stream, tailnet, report);
	fclose(stream);
	return settings;
}

struct conf_settings *conf_settings_read(const char *path, struct conf_report *report)
{
	return conf_settings_read_as(path, NULL, report);
}

struct conf_settings *conf_settings_parse(const char *name, const char *text, size_t length, struct conf_report *report)
{
	FILE *stream = length ? fmemopen((void *)(uintptr_t)text, length, "r") : fopen("/dev/null", "re");
	if (!stream) {
		conf_report_add(report, "%s: out of memory", name);
		return NULL;
	}
	struct conf_settings *settings = settings_read_stream(name, stream, NULL, report);
	fclose(stream);
	return settings;
}

void conf_settings_free(struct conf_settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->dns.split_domain_count; i++) {
		free(settings->dns.split_domains[i].split);
		free(settings->dns.split_domains[i].real);
	}
	for (size_t i = 0; i < settings->dns.upstream_count; i++) {
		free(settings->dns.upstreams[i].zone);
		free(settings->dns.upstreams[i].server);
	}
	for (size_t i = 0; i < settings->common.prefix_count; i++) {
		for (size_t d = 0; d < settings->common.prefixes[i].domain_count; d++)
			free(settings->common.prefixes[i].domains[d]);
		free(settings->common.prefixes[i].domains);
	}
	for (size_t i = 0; i < settings->dns.policy_count; i++)
		free(settings->dns.policies[i].split);
	for (size_t i = 0; i < settings->dns.discovery_count; i++)
		free(settings->dns.discoveries[i].prefixes);
	void *const owned[] = {
		settings->file, settings->dns.split_domains, settings->dns.policies, settings->dns.upstreams, settings->dns.edge_addresses,
		settings->dns.clients4, settings->dns.clients6, settings->dns.dns64.excluded, settings->dns.discoveries,
		settings->common.prefixes, settings->translation.maps, settings->translation.icmp.pool,
		settings->translation.allowed_sources, settings->translation.allowed_sources4, settings->common.allowed_destinations, settings->common.denied_destinations,
		settings->translation.tun_device, settings->node.overlay_interface, settings->node.advertised, settings->node.tailscale_socket,
		settings->node.user, settings->node.data_dir, settings->node.runtime_dir, settings->node.unbound_include_dir,
		settings->node.unbound_program, settings->node.unbound_module, settings->node.translator_program, settings->lines,
		settings->translation.map_file, settings->dns.resolver.tls_cert_bundle, settings->translation.tun.addresses, settings->translation.tun.routes,
	};
	for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
		free(owned[i]);
	conf_report_clear(&settings->notices);
	free(settings);
}
