/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay tailnet: what "What is left to do" asks a person for, done over the API of the control plane. plan shows it, apply does it, forget takes back
 * what apply did.
 */
#include "relay/command.h"
#include "relay/common.h"
#include "relay/apply/bring_up.h"
#include "relay/ask/tailnet.h"
#include "relay/cli/print.h"
#include "relay/host/clock.h"
#include "relay/host/runtime.h"
#include "relay/setup/tailnet_change.h"
#include "relay/setup/tailnet_grants.h"
#include "relay/setup/tailnet_plan.h"
#include "relay/setup/tailnet_verify.h"

#include "conf/settings.h"
#include "conf/value.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The command line. */
struct options {
	const char *url, *ca, *key_file, *timeout;
	struct conf_words hosts; /* --for */
	bool yes, json, policy;
};

/* What a verb works on. */
struct work {
	const struct options *options;
	struct relay_tailnet tailnet;
	struct relay_tailnet_plan plan;
	struct tailscale_netmap netmap;
	bool has_netmap;
	int lock; /* of apply and forget; -1: not held */
	struct conf_report *report;
};

/* plan --for: asks tailscaled alone. */
static int parts_show(struct work *work)
{
	int result;

	work->has_netmap = tailscale_netmap_read(work->tailnet.settings->node.tailscale_socket, &work->netmap,
						 CONF_REPORT_DISCARD) == 0;
	result = relay_tailnet_grants_for(work->tailnet.settings, work->has_netmap ? &work->netmap : NULL,
					  &work->options->hosts, work->options->json, work->report);
	return result == 0 ? RELAY_EXIT_OK : RELAY_EXIT_REFUSED;
}

/* Which control plane, which node: tailscaled knows. Then the key for it. */
static int control_find(struct work *work, const struct conf_settings *settings)
{
	const struct tailscale_control_plane *plane;
	struct tailscale_status status;
	struct tailscale_prefs prefs = {0};
	struct tailscale_key key = {0};
	int result = -1;

	if (settings->node.advertise_none)
		return conf_report_add(work->report, "advertise-prefix none: this relay is not part of a tailnet");
	if (tailscale_status_read(settings->node.tailscale_socket, &status, work->report) != 0)
		return -1;
	if (tailscale_status_is_up(&status, work->report) == 0 &&
	    tailscale_prefs_read(settings->node.tailscale_socket, &prefs, work->report) == 0) {
		bool headscale = relay_tailnet_is_headscale(&prefs);

		plane = headscale ? &tailscale_control_headscale : &tailscale_control_tailscale;
		if (tailscale_key_read(headscale, work->options->key_file, &key, work->report) == 0)
			result = tailscale_control_open(&work->tailnet.control, plane, &key, work->options->url,
							prefs.control_url, status.id, work->report);
		tailscale_key_clear(&key);
		tailscale_prefs_clear(&prefs);
	}
	tailscale_status_clear(&status);
	work->tailnet.control.http.ca = work->options->ca;
	return result;
}

static int timeout_read(struct work *work)
{
	const char *given = work->options->timeout;

	work->tailnet.control.http.timeout = TAILSCALE_HTTP_TIMEOUT;
	if (given && conf_number_parse(given, 1, 120, &work->tailnet.control.http.timeout) < 0)
		return conf_report_add(work->report, "--timeout %s: seconds are expected, 1 to 120", given);
	return 0;
}

/* libcurl waits for a pipe that nobody writes to, past every timeout. */
static int ca_check(const struct work *work)
{
	const char *ca = work->options->ca;
	struct stat status;

	if (!ca || (stat(ca, &status) == 0 && S_ISREG(status.st_mode)))
		return 0;
	conf_report_add(work->report, "--ca %s: expected a file that contains certificates, PEM", ca);
	return -1;
}

/* Ask everybody: tailscaled and the control plane. */
static int plan_make(struct work *work)
{
	work->has_netmap = tailscale_netmap_read(work->tailnet.settings->node.tailscale_socket, &work->netmap,
						 CONF_REPORT_DISCARD) == 0;
	if (relay_tailnet_plan_make(&work->tailnet, work->has_netmap ? &work->netmap : NULL, &work->plan, work->report) != 0)
		return -1;
	relay_tailnet_grants_plan(&work->tailnet, work->has_netmap ? &work->netmap : NULL, work->options->policy,
				  &work->plan);
	return 0;
}

static void plan_print(const struct work *work)
{
	const struct relay_tailnet_plan *plan = &work->plan;

	relay_tailnet_plan_print(plan);
	relay_tailnet_steps_print(plan);
	if (!relay_tailnet_plan_is_open(plan))
		printf("Nothing to do: %s has everything that this relay needs.\n", work->tailnet.control.plane->name);
	else if (json_array_size(plan->changes) > 0)
		printf("\nnat64-relay tailnet apply%s makes the changes marked + and ~.\n",
		       work->options->policy ? " --policy" : "");
}

static void json_print(const struct work *work, const char *verb, json_t *more)
{
	const struct relay_tailnet *tailnet = &work->tailnet;
	json_auto_t *all = json_pack("{s:i, s:s, s:s, s:s, s:s, s:O, s:O, s:b}", "version", 1, "verb", verb, "control",
				     tailnet->control.plane->name, "url", tailnet->control.base, "node",
				     tailnet->control.node, "changes", work->plan.changes, "steps", work->plan.steps,
				     "open", relay_tailnet_plan_is_open(&work->plan));

	json_object_update(all, more);
	json_decref(more);
	relay_print_json(all);
}

/* The exit code: as diff(1)'s. */
static int plan_show(struct work *work)
{
	if (plan_make(work) != 0)
		return RELAY_EXIT_REFUSED;
	if (work->options->json)
		json_print(work, "plan", json_object());
	else
		plan_print(work);
	return relay_tailnet_plan_is_open(&work->plan) ? RELAY_EXIT_FAILED : RELAY_EXIT_OK;
}

/* y/N at the terminal. 0 yes, -1 no. */
static int consent_get(const struct work *work)
{
	char line[16] = "";

	if (work->options->yes)
		return 0;
	if (work->options->json || !isatty(STDIN_FILENO))
		return conf_report_add(work->report, "there is no terminal to ask: use --yes; nothing was changed");
	printf("\nMake these changes? [y/N] ");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y'))
		return 0;
	return conf_report_add(work->report, "nothing was changed");
}

static int record_open(struct work *work)
{
	const struct tailscale_control *control = &work->tailnet.control;

	if (geteuid() != 0)
		return conf_report_add(work->report,
				       "this needs root, to keep a record of the changes: sudo --preserve-env=TS_API_KEY nat64-relay "
				       "tailnet ..., or --key-file");
	work->lock = relay_runtime_lock_tailnet(work->tailnet.settings, work->report);
	if (work->lock < 0)
		return -1;
	return relay_record_read(work->tailnet.settings, control->plane->name, control->node, &work->tailnet.record,
				 work->report);
}

static json_t *seen_pack(const struct relay_tailnet_seen *seen)
{
	return json_pack("{s:f, s:b, s:b}", "told_after_s", seen->seconds, "asked", seen->asked, "answered",
			 seen->answered);
}

static bool topic_is_planned(const struct work *work, const char *topic)
{
	const json_t *change;
	size_t i;

	json_array_foreach(work->plan.changes, i, change)
		if (strcmp(json_string_value(json_object_get(change, "topic")), topic) == 0)
			return true;
	return false;
}

/* All that is planned. zones: whether those were entered. */
static int changes_make(struct work *work, bool *zones)
{
	int routes = relay_tailnet_approve_routes(&work->tailnet, work->plan.routes, work->report);

	if (routes < 0)
		return -1;
	if (routes > 0 && !work->options->json)
		relay_print_mark(RELAY_MARK_OK, "the routes of this node are approved; read back");
	*zones = false;
	if (work->tailnet.control.plane->zones_read) {
		int entered = relay_tailnet_enter_zones(&work->tailnet, work->plan.zones, work->report);

		if (entered < 0)
			return -1;
		*zones = entered > 0;
		if (*zones && !work->options->json)
			relay_print_mark(RELAY_MARK_OK,
					 "the split DNS is entered; read back twice, in case another relay changed it");
	}
	if (!topic_is_planned(work, "policy"))
		return 0;
	if (relay_tailnet_grants_write(&work->tailnet, &work->netmap, work->report) != 0)
		return -1;
	if (!work->options->json)
		relay_print_mark(RELAY_MARK_OK, "the policy has the grants; read back");
	return 0;
}

static int apply(struct work *work)
{
	struct relay_tailnet_seen seen = {.seconds = -1};
	uint64_t since;
	bool zones;

	if (record_open(work) != 0 || relay_runtime_data_make(work->tailnet.settings, work->report) != 0 ||
	    plan_make(work) != 0)
		return RELAY_EXIT_REFUSED;
	if (!work->options->json)
		relay_tailnet_plan_print(&work->plan);
	if (json_array_size(work->plan.changes) > 0 && consent_get(work) != 0)
		return RELAY_EXIT_REFUSED;
	since = relay_clock_ms();
	if (changes_make(work, &zones) != 0)
		return RELAY_EXIT_FAILED;
	if (zones)
		relay_tailnet_verify(work->tailnet.settings, work->plan.zones, since, &seen);
	work->plan.is_done = true;
	if (work->options->json) {
		json_print(work, "apply", zones ? json_pack("{s:o}", "seen", seen_pack(&seen)) : json_object());
		return RELAY_EXIT_OK;
	}
	if (zones)
		relay_tailnet_seen_print(&seen);
	if (json_array_size(work->plan.changes) == 0)
		puts("Nothing to change.");
	relay_tailnet_steps_print(&work->plan);
	return RELAY_EXIT_OK;
}

static void lines_plan(struct relay_tailnet_plan *plan, const char *topic, const char *zone, const json_t *texts)
{
	const json_t *value;
	size_t i;

	json_array_foreach(texts, i, value) {
		char text[1200];

		snprintf(text, sizeof(text), "%s%s%s", zone, *zone ? ": " : "", json_string_value(value));
		relay_tailnet_plan_change(plan, topic, "-", text);
	}
}

/* What is on record, as a plan. */
static void record_plan(const struct relay_record *record, struct relay_tailnet_plan *plan)
{
	const json_t *resolvers;
	const char *zone;

	relay_tailnet_plan_begin(plan);
	lines_plan(plan, "routes", "", relay_record_routes(record));
	json_object_foreach((json_t *)relay_record_zones(record), zone, resolvers)
		lines_plan(plan, "dns", zone, resolvers);
	lines_plan(plan, "policy", "", relay_record_policy_lines(record));
}

static int forget(struct work *work)
{
	struct relay_record *record = &work->tailnet.record;
	int routes, zones = 0, policy = 0;

	if (record_open(work) != 0)
		return RELAY_EXIT_REFUSED;
	record_plan(record, &work->plan);
	if (!work->options->json)
		relay_tailnet_plan_print(&work->plan);
	if (!relay_record_is_empty(record) && consent_get(work) != 0)
		return RELAY_EXIT_REFUSED;
	routes = relay_tailnet_withdraw_routes(&work->tailnet, work->report);
	if (routes >= 0 && work->tailnet.control.plane->zones_read)
		zones = relay_tailnet_leave_zones(&work->tailnet, work->report);
	if (routes >= 0 && zones >= 0)
		policy = relay_tailnet_grants_remove(&work->tailnet, work->report);
	if (routes < 0 || zones < 0 || policy < 0)
		return RELAY_EXIT_FAILED;
	work->plan.is_done = true;
	if (work->options->json)
		json_print(work, "forget", json_object());
	else if (json_array_size(work->plan.changes) == 0)
		puts("Nothing to take back: tailnet apply has changed nothing.");
	else
		puts("Taken back. The relay itself is unchanged: nat64-relay down removes it.");
	return RELAY_EXIT_OK;
}

static const struct verb {
	const char *name;
	int (*run)(struct work *work);
} verbs[] = {{"plan", plan_show}, {"apply", apply}, {"forget", forget}};

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Without a relay that is up the runtime folder was made for this lock alone. */
static void lock_release(const struct conf_settings *settings, int lock)
{
	int own = relay_runtime_open(settings, CONF_REPORT_DISCARD);

	if (own >= 0)
		relay_runtime_close(settings, own, !relay_bring_up_is_begun(settings));
	close(lock);
}

static int verb_run(const struct verb *verb, const struct options *options, struct relay_session *session)
{
	struct work work = {
		.options = options, .lock = -1, .report = &session->report, .tailnet.settings = session->settings};
	int exit_code = RELAY_EXIT_REFUSED;

	if (options->hosts.count > 0)
		exit_code = parts_show(&work);
	else if (control_find(&work, session->settings) == 0 && timeout_read(&work) == 0 && ca_check(&work) == 0)
		exit_code = verb->run(&work);
	relay_tailnet_plan_clear(&work.plan);
	relay_record_clear(&work.tailnet.record);
	if (work.lock >= 0)
		lock_release(session->settings, work.lock);
	tailscale_control_close(&work.tailnet.control);
	if (work.has_netmap)
		tailscale_netmap_clear(&work.netmap);
	return exit_code;
}

int relay_tailnet(const struct relay_command *command, const char *config, int argc, char **argv)
{
	struct options given = {0};
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		RELAY_OPTION_JSON(&given.json),
		{'y', "yes", NULL, "make the changes without asking", .flag = &given.yes},
		{0, "key-file", "FILE", "the file with the API key, readable only by its owner", .text = &given.key_file},
		{0, "url", "URL", "the API's address [Tailscale's, or tailscaled's headscale]", .text = &given.url},
		{0, "ca", "FILE", "certificate authorities for the API, PEM [the system's]", .text = &given.ca},
		{0, "policy", NULL, "let apply write the grants that the policy lacks (Tailscale)", .flag = &given.policy},
		{0, "for", "HOST", "plan prints a grant for only this host (repeatable)", .words = &given.hosts},
		{0, "timeout", "SECONDS", "time for one request [10]", .text = &given.timeout},
	};
	struct relay_session session;
	const struct verb *verb;
	int first;

	tailscale_secret_guard();
	first = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), -1);
	if (first < 0)
		return relay_options_exit(first);
	verb = first < argc ? verb_find(argv[first]) : NULL;
	while (verb && given.hosts.count > 0 &&
	       given.hosts.count < sizeof(given.hosts.items) / sizeof(*given.hosts.items) && argc > first + 1)
		given.hosts.items[given.hosts.count++] = argv[--argc];
	if (verb && argc > first + 1) {
		fprintf(stderr, "nat64-relay: \"%s\" is one word too many; see nat64-relay tailnet --help\n",
			argv[first + 1]);
		return RELAY_EXIT_REFUSED;
	}
	if (verb && given.hosts.count > 0 && strcmp(verb->name, "plan") != 0) {
		fprintf(stderr, "nat64-relay: --for is only for plan; see nat64-relay tailnet --help\n");
		return RELAY_EXIT_REFUSED;
	}
	if (!verb) {
		fprintf(stderr, "nat64-relay: %s%s%s expected plan, apply or forget; see nat64-relay tailnet --help\n",
			first < argc ? "\"" : "", first < argc ? argv[first] : "tailnet:", first < argc ? "\":" : "");
		return RELAY_EXIT_REFUSED;
	}
	if (relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, verb_run(verb, &given, &session));
}
