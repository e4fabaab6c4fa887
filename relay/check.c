/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay check: is NAME relayed, from the question to the packet, and if not, why? Evidence is gathered (evidence.h), judged (judge.h), and
 * told: the verdict, then a line a step (verdict.h).
 */
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/apply/active.h"
#include "relay/check/client/check.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/conflict/conflict.h"
#include "relay/check/evidence.h"
#include "relay/check/host_name.h"
#include "relay/check/judge.h"
#include "relay/host/runtime.h"
#include "relay/ask/tailnet.h"
#include "relay/check/verdict.h"
#include "relay/apply/bring_up.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MAX = 3600, PLACES_MAX = PLACES };

static void conflict_print(void *context, const char *topic, const struct relay_finding *finding)
{
	(void)context;
	relay_print_mark(finding->mark, "%s: %s", topic, finding->text);
	if (finding->advice[0] != '\0')
		printf("           what to do: %s\n", finding->advice);
}

static void conflict_append(void *context, const char *topic, const struct relay_finding *finding)
{
	json_array_append_new(context, json_pack("{s:s, s:s, s:s, s:s}", "topic", topic, "result",
						 relay_mark_text(finding->mark), "text", finding->text, "advice",
						 finding->advice));
}

/* Other programs that are in the way explain what the steps have found; one that is makes the whole a failure. */
static int conflicts_check(const struct conf_settings *settings, json_t *list, int exit_code)
{
	size_t found, failed = relay_conflicts_find(settings, list ? conflict_append : conflict_print, list, &found);

	if (!list && found == 0)
		relay_print_mark(RELAY_MARK_OK, "no other program of this machine is in the way");
	return failed > 0 ? RELAY_EXIT_FAILED : exit_code;
}

/* What the judges say of these is said by evidence. */
static bool is_judged(const char *topic)
{
	return strcmp(topic, "state") == 0 || strcmp(topic, "tailscaled") == 0;
}

struct others {
	struct relay_findings *findings;
	json_t *list; /* NULL: not wanted */
};

/* Another program in the way is a finding like any other, and in JSON stands in the list of conflicts as well. */
static void conflict_add(void *context, const char *topic, const struct relay_finding *finding)
{
	struct others *others = context;

	if (others->list)
		conflict_append(others->list, topic, finding);
	if (is_judged(topic))
		return;
	relay_findings_add(others->findings, finding->id, PLACE_MACHINE, "%s: %.380s", topic, finding->text);
	relay_findings_advise(others->findings, "%s", finding->advice);
}

static size_t places_choose(const struct relay_evidence *evidence, enum relay_place places[PLACES_MAX])
{
	static const enum relay_place always[] = {PLACE_ANSWER,  PLACE_LEAK,   PLACE_REACH,
						  PLACE_TRAFFIC, PLACE_DIRECT, PLACE_REBOOT};
	static const enum relay_place of_tailnet[] = {PLACE_SPLIT_DNS, PLACE_POLICY, PLACE_CLIENTS, PLACE_TAILSCALED};
	size_t count = 0;

	if (!evidence->machine.running) {
		places[count++] = PLACE_RELAY;
		return count;
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		places[count++] = always[i];
	if (evidence->settings->common.has_twin)
		places[count++] = PLACE_TWIN;
	for (size_t i = 0; evidence->tailnet.used && i < sizeof(of_tailnet) / sizeof(of_tailnet[0]); i++)
		places[count++] = of_tailnet[i];
	places[count++] = PLACE_AROUND;
	places[count++] = PLACE_MACHINE;
	return count;
}

static int evidence_print(const struct relay_evidence *evidence, const struct relay_findings *findings, json_t *conflicts)
{
	enum relay_place places[PLACES_MAX];
	size_t count = places_choose(evidence, places);
	json_t *all;

	if (!conflicts) {
		relay_verdict_print(findings, evidence->name, places, count);
		return relay_findings_exit(findings);
	}
	all = relay_verdict_json(findings, evidence->name, places, count);
	json_object_set(all, "conflicts", conflicts);
	relay_print_json(all);
	json_decref(all);
	return relay_findings_exit(findings);
}

/* Gather, judge, tell. Before up there is nothing to gather. */
static int evidence_examine(struct relay_evidence *evidence, bool json)
{
	struct relay_findings *findings = calloc(1, sizeof(*findings));
	struct others others = {findings, json ? json_array() : NULL};
	size_t found;
	int exit_code = RELAY_EXIT_FAILED;

	relay_evidence_machine(evidence);
	if (findings && evidence->machine.running) {
		relay_evidence_dns(evidence);
		relay_evidence_tailnet(evidence);
		relay_evidence_traffic(evidence);
		relay_conflicts_find(evidence->settings, conflict_add, &others, &found);
	}
	if (findings) {
		relay_judge_all(evidence, findings);
		exit_code = evidence_print(evidence, findings, others.list);
		relay_findings_clear(findings);
	}
	json_decref(others.list);
	free(findings);
	relay_evidence_clear(evidence);
	return exit_code;
}

static int check_host(const struct relay_session *session, const char *given, unsigned wait, bool json)
{
	const struct conf_settings *settings = session->settings;
	struct conf_settings *applied = relay_active_read(settings->node.runtime_dir);
	struct relay_evidence *evidence = calloc(1, sizeof(*evidence));
	struct relay_host_name host;
	int exit_code = RELAY_EXIT_FAILED;

	relay_host_name_make(settings, given, &host);
	if (evidence) {
		relay_evidence_begin(evidence, settings, &host);
		evidence->broken = session->broken;
		evidence->wait = wait;
		evidence->machine.watched = relay_runtime_holder(settings) > 0;
		evidence->machine.running = applied || evidence->machine.watched || relay_bring_up_is_begun(settings);
		evidence->machine.edited = session->edited;
		exit_code = evidence_examine(evidence, json);
	}
	free(evidence);
	conf_settings_free(applied);
	return exit_code;
}

/* With the name of the command line, or that of a host of the tailnet. */
static int check_any(struct relay_session *session, const char *given, unsigned wait, bool json)
{
	const struct conf_settings *settings = session->settings;
	struct conf_report *report = &session->report;
	char *host = given ? conf_domain_parse(given) : relay_tailnet_peer(settings);
	int exit_code = RELAY_EXIT_REFUSED;

	if (settings->dns.split_domain_count == 0)
		conf_report_add(report, "%s has no split-domain: there is no name to check", settings->file);
	else if (!given && !host)
		conf_report_add(report, "which name? nat64-relay check NAME, where NAME is a host behind the relay");
	else if (!host || strcmp(host, ".") == 0)
		conf_report_add(report, "\"%s\" is not a host name: write nat64-relay check my-vps", given ? given : host);
	else
		exit_code = check_host(session, host, wait, json);
	free(host);
	return exit_code;
}

/* The other programs alone. */
static int check_others(const struct conf_settings *settings, bool json)
{
	json_t *list = json ? json_array() : NULL, *all;
	int exit_code = conflicts_check(settings, list, RELAY_EXIT_OK);

	if (!json)
		return exit_code;
	all = json_pack("{s:i, s:i, s:o}", "version", 1, "exit_code", exit_code, "conflicts", list);
	relay_print_json(all);
	json_decref(all);
	return exit_code;
}

static int wait_parse(const char *text, unsigned *wait)
{
	if (conf_number_parse(text, 0, WAIT_MAX, wait) == 0)
		return 0;
	fprintf(stderr, "nat64-relay: --wait %s: expected seconds, 0 to %d\n", text, WAIT_MAX);
	return -1;
}

int relay_check(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const char *wait_text = "0";
	const char *socket = RELAY_CLIENT_SOCKET;
	bool json = false, others = false, client = false;
	const struct conf_option options[] = {
		{0, "client", NULL, "examine this machine as a client of a relay; needs no settings", .flag = &client},
		RELAY_OPTION_CONFIG(&config),
		{0, "conflicts", NULL, "look only for other programs that are in the way", .flag = &others},
		RELAY_OPTION_JSON(&json),
		{0, "socket", "PATH", "with --client: tailscaled's socket [" RELAY_CLIENT_SOCKET "]", .text = &socket},
		{0, "wait", "SECONDS", "wait for a client's traffic instead of sending an echo request", .text = &wait_text},
	};
	struct relay_session session;
	unsigned wait;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 1);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (client)
		return relay_client_check(parsed < argc ? argv[parsed] : NULL, socket, json);
	if (wait_parse(wait_text, &wait) != 0 || relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	if (others)
		return relay_session_close(&session, check_others(session.settings, json));
	return relay_session_close(&session, check_any(&session, parsed < argc ? argv[parsed] : NULL, wait, json));
}
