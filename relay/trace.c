/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64-relay trace: the whole way of one name and one packet, hop by hop, until the first that fails. */
#include "relay/trace/trace.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/apply/active.h"
#include "relay/apply/bring_up.h"
#include "relay/check/host_name.h"
#include "relay/cli/print.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TITLE_ROOM = 2048 };

/* Columns of the terminal; 0: it is none, and lines are as long as they are. */
static unsigned width_read(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void trace_print(const struct relay_trace *trace)
{
	char verdict[TITLE_ROOM], client[INET6_ADDRSTRLEN] = "";

	relay_print_heading("%s: %s", trace->evidence->name, relay_hops_verdict(trace->hops, verdict, sizeof(verdict)));
	if (trace->client.address.family != 0)
		printf("from %s%s%s\n", relay_machine_address_print(&trace->client.address, client),
		       trace->client.name[0] != '\0' ? ", " : "", trace->client.name);
	putchar('\n');
	relay_hops_draw(trace->hops, width_read(), relay_print_is_coloured(), stdout);
}

static void trace_print_json(const struct relay_trace *trace)
{
	enum relay_hop_id failed = relay_hops_failed(trace->hops);
	char verdict[TITLE_ROOM], client[INET6_ADDRSTRLEN] = "";
	json_t *all;

	if (trace->client.address.family != 0)
		relay_machine_address_print(&trace->client.address, client);
	all = json_pack("{s:i, s:s, s:s, s:b, s:{s:s, s:s}, s:s, s:i, s:s?, s:o}", "version", 1, "name",
			trace->evidence->name, "real_name", trace->evidence->real, "ipv4", trace->by_twin, "client",
			"address", client, "name", trace->client.name, "verdict",
			relay_hops_verdict(trace->hops, verdict, sizeof(verdict)), "exit_code",
			relay_hops_exit(trace->hops), "failed_at", failed < RELAY_HOPS ? relay_hop_name(failed) : NULL,
			"hops", relay_hops_json(trace->hops));
	relay_print_json(all);
	json_decref(all);
}

/* What the command line asks for. */
struct request {
	const char *from;
	bool ipv4, json;
};

static int trace_host(struct relay_session *session, const char *given, const struct request *request)
{
	const struct conf_settings *settings = session->settings;
	struct conf_settings *applied = relay_active_read(settings->node.runtime_dir);
	struct relay_evidence *evidence = calloc(1, sizeof(*evidence));
	struct relay_trace *trace = calloc(1, sizeof(*trace));
	struct relay_findings findings = {0};
	struct relay_host_name host;
	int exit_code = RELAY_EXIT_REFUSED;

	relay_host_name_make(settings, given, &host);
	if (evidence && trace) {
		relay_evidence_begin(evidence, settings, &host);
		evidence->broken = session->broken;
		evidence->machine.watched = relay_runtime_holder(settings) > 0;
		evidence->machine.running = applied || evidence->machine.watched || relay_bring_up_is_begun(settings);
		evidence->machine.edited = session->edited;
		trace->evidence = evidence;
		trace->by_twin = request->ipv4;
		trace->findings = &findings;
		if (relay_trace_run(trace, request->from, &session->report) == 0) {
			(request->json ? trace_print_json : trace_print)(trace);
			exit_code = relay_hops_exit(trace->hops);
		}
		relay_trace_clear(trace);
		relay_evidence_clear(evidence);
	}
	relay_findings_clear(&findings);
	free(trace);
	free(evidence);
	conf_settings_free(applied);
	return exit_code;
}

static int trace_any(struct relay_session *session, const char *given, const struct request *request)
{
	char *host = given ? conf_domain_parse(given) : NULL;
	int exit_code = RELAY_EXIT_REFUSED;

	if (session->settings->dns.split_domain_count == 0)
		conf_report_add(&session->report, "%s has no split-domain: there is no name to trace",
				session->settings->file);
	else if (request->ipv4 && !session->settings->common.has_twin)
		conf_report_add(&session->report, "%s has no twin-prefix: there is no IPv4 twin to trace",
				session->settings->file);
	else if (!host || strcmp(host, ".") == 0)
		conf_report_add(&session->report, "%s%s%s: write nat64-relay trace my-vps",
				given ? "\"" : "which name?", given ? given : "", given ? "\" is not a host name" : "");
	else
		exit_code = trace_host(session, host, request);
	free(host);
	return exit_code;
}

int relay_trace(const struct relay_command *command, const char *config, int argc, char **argv)
{
	struct request request = {.from = NULL};
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "from", "CLIENT", "send the packet as this node of the tailnet would, by name or address",
		 .text = &request.from},
		{'4', "ipv4", NULL, "trace the IPv4 twin of the name, as clients without IPv6 use it", .flag = &request.ipv4},
		RELAY_OPTION_JSON(&request.json),
	};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 1);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, trace_any(&session, parsed < argc ? argv[parsed] : NULL, &request));
}
