/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay detect: does the network here have DNS64 and NAT64, and by which prefix (RFC 7050)? It needs neither root nor a relay:
 * relay.conf is read when it is there, to tell whether a prefix is this relay's.
 */
#include "relay/detect/detect.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "relay/command.h"
#include "relay/common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RESOLV_CONF "/etc/resolv.conf"

/* What the command line says, read. */
struct request {
	struct relay_server servers[RELAY_SERVERS_MAX];
	size_t server_count;
	struct conf_prefix6 prefix;
	struct in_addr probe;
};

static int servers_find(const char *given, struct request *request, struct conf_report *report)
{
	FILE *file;

	if (given) {
		request->server_count = 1;
		if (relay_server_parse(given, &request->servers[0]) == 0)
			return 0;
		return conf_report_add(report, "--server %s: ADDRESS[%%INTERFACE][@PORT] is wanted", given);
	}
	file = fopen(RESOLV_CONF, "re");
	if (!file)
		return conf_report_add(report, RESOLV_CONF ": %s: name the resolver with --server ADDRESS",
				       strerror(errno));
	request->server_count = relay_servers_read(file, request->servers);
	fclose(file);
	return 0;
}

static int prefix_parse(const char *text, struct conf_prefix6 *prefix, struct conf_report *report)
{
	if (conf_rfc6052_prefix_parse(text, prefix) == 0)
		return 0;
	return conf_report_add(report, "--prefix %s: a NAT64 prefix without host bits is wanted, as fd64:9929::/96", text);
}

static int probe_parse(const char *text, struct in_addr *probe, struct conf_report *report)
{
	if (inet_pton(AF_INET, text, probe) == 1)
		return 0;
	return conf_report_add(report, "--probe %s: expected an IPv4 address of a host that answers ping", text);
}

/* relay.conf, when there is one: the usual file need not be there, nor be right; one that was named must. */
static int settings_read(const char *config, struct conf_settings **settings, struct conf_report *report)
{
	bool usual = strcmp(config, RELAY_CONF_PATH) == 0;

	*settings = conf_settings_read(config, usual ? CONF_REPORT_DISCARD : report);
	return *settings || usual ? 0 : -1;
}

/* Found; with --prefix that one; with --probe one that forwards. */
static int verdict(const struct relay_detection *detection)
{
	for (size_t i = 0; i < detection->prefix_count; i++) {
		const struct relay_detected *found = &detection->prefixes[i];

		if ((!detection->wanted || found->is_wanted) && (!detection->probe || found->echo_ms >= 0))
			return RELAY_EXIT_OK;
	}
	for (size_t i = 0; i < detection->pref64_count && !detection->probe; i++)
		if (!detection->wanted ||
		    memcmp(&detection->pref64[i].prefix, detection->wanted, sizeof(*detection->wanted)) == 0)
			return RELAY_EXIT_OK;
	return RELAY_EXIT_FAILED;
}

static int detect(struct relay_detection *detection, const struct request *request, bool json, struct conf_report *report)
{
	int exit_code;

	if (relay_detect_ask(detection, request->servers, request->server_count, report) != 0)
		return RELAY_EXIT_REFUSED;
	relay_detect_listen(detection);
	if (detection->probe)
		relay_detect_probe(detection);
	exit_code = relay_detect_server_failed(detection) ? RELAY_EXIT_REFUSED : verdict(detection);
	if (json)
		relay_detect_print_json(detection, exit_code);
	else
		relay_detect_print(detection);
	if (relay_detect_server_failed(detection))
		conf_report_add(report, "%s says %s: ask another resolver with --server ADDRESS",
				detection->server.text, detection->code_aaaa);
	return exit_code;
}

int relay_detect(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const char *server = NULL, *prefix = NULL, *probe = NULL;
	bool json = false;
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "server", "ADDRESS[@PORT]", "the resolver to ask [those of " RESOLV_CONF "]", .text = &server},
		{0, "prefix", "P/L", "the prefix to find [those of relay.conf, if it exists]", .text = &prefix},
		{0, "probe", "ADDRESS", "ping this IPv4 address through the prefixes found", .text = &probe},
		RELAY_OPTION_JSON(&json),
	};
	struct relay_session session = {0};
	struct relay_detection detection = {0};
	struct request request = {0};
	int exit_code = RELAY_EXIT_REFUSED;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (servers_find(server, &request, &session.report) == 0 &&
	    (!prefix || prefix_parse(prefix, &request.prefix, &session.report) == 0) &&
	    (!probe || probe_parse(probe, &request.probe, &session.report) == 0) &&
	    settings_read(config, &session.settings, &session.report) == 0) {
		detection.wanted = prefix ? &request.prefix : NULL;
		detection.probe = probe ? &request.probe : NULL;
		detection.settings = session.settings;
		exit_code = detect(&detection, &request, json, &session.report);
	}
	return relay_session_close(&session, exit_code);
}
