/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay clat up | down | status: IPv4 for the programs of an IPv6-only host (464XLAT). With systemd `up` starts nat64-relay-clat.service,
 * which is `up --foreground`; elsewhere it goes on in the background.
 */
#include "relay/clat/clat.h"
#include "relay/clat/keep.h"

#include "conf/file.h"
#include "conf/json.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/value.h"
#include "relay/cli/options.h"
#include "relay/cli/print.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/conflict/conflict.h"
#include "relay/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define UNIT     "nat64-relay-clat.service"
#define DEFAULTS "/etc/default/nat64-relay-clat"

enum { WAIT_MS = 60000, STEP_MS = 100, METRIC_MAX = 1000000 };

/* The state of the running CLAT; NULL: none runs, or it has not written its state yet. */
static json_t *state_read(const struct relay_clat *clat)
{
	pid_t pid = relay_clat_pid(clat);
	json_t *state = pid ? relay_clat_state(clat) : NULL;

	if (json_is_object(state) && conf_json_number(state, "pid") == pid)
		return state;
	json_decref(state);
	return NULL;
}

static void conflict_print(void *context, const char *topic, const struct relay_finding *finding)
{
	(void)context;
	relay_print_mark(finding->mark, "%s: %s", topic, finding->text);
	if (finding->advice[0] != '\0')
		printf("           what to do: %s\n", finding->advice);
}

/* A firewall that lets no packet of others pass, as ufw's default does, drops what the CLAT translates. Only root can tell. */
static void firewall_print(const struct relay_clat *clat)
{
	struct conf_settings *settings = geteuid() == 0 ? conf_settings_read(clat->settings, CONF_REPORT_DISCARD) : NULL;
	struct relay_conflicts conflicts = {.settings = settings, .observer = conflict_print, .topic = "firewall"};

	if (settings)
		relay_conflict_firewall(&conflicts);
	conf_settings_free(settings);
}

static int status_print(const struct relay_clat *clat, bool json)
{
	json_auto_t *state = state_read(clat);
	bool up = conf_json_is_true(state, "up");

	if (json) {
		json_t *none = json_pack("{s:b, s:s}", "up", 0, "why", "no process maintains it");

		relay_print_json(state ? state : none);
		json_decref(none);
	} else if (!state) {
		puts("The CLAT is down: nat64-relay clat up");
	} else if (up) {
		printf("IPv4 goes through the NAT64 %s (%s), over %s.\n", conf_json_text(state, "prefix"),
		       conf_json_text(state, "source"), conf_json_text(state, "uplink"));
		printf("This host is %s, and %s after translation. The route has the metric %lld, the uplink the MTU "
		       "%lld.\n",
		       conf_json_text(state, "address4"), conf_json_text(state, "address6"),
		       conf_json_number(state, "metric"), conf_json_number(state, "mtu"));
		firewall_print(clat);
	} else {
		printf("The CLAT waits: %s\n", conf_json_text(state, "why"));
	}
	return up ? RELAY_EXIT_OK : RELAY_EXIT_FAILED;
}

static int systemctl(const char *verb)
{
	const char *argv[] = {"systemctl", verb, "--now", UNIT, NULL};
	pid_t child;
	int status;

	if (posix_spawnp(&child, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
		return RELAY_EXIT_FAILED;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return RELAY_EXIT_FAILED;
	return status == 0 ? RELAY_EXIT_OK : RELAY_EXIT_FAILED;
}

/* Until there is a state, for a minute at most. child: who makes it; 0: none of ours. False: it has ended. */
static bool begin_await(const struct relay_clat *clat, pid_t child)
{
	uint64_t end = relay_clock_ms() + WAIT_MS;
	json_t *state = NULL;

	while (!state && relay_clock_ms() < end) {
		poll(NULL, 0, STEP_MS);
		if (child != 0 && waitpid(child, NULL, WNOHANG) == child)
			return false;
		state = state_read(clat);
	}
	json_decref(state);
	return true;
}

/* Until this process runs the CLAT no more, for a minute at most. Another one may run it then. */
static void end_await(const struct relay_clat *clat, pid_t pid)
{
	uint64_t end = relay_clock_ms() + WAIT_MS;

	while (relay_clat_pid(clat) == pid && relay_clock_ms() < end)
		poll(NULL, 0, STEP_MS);
}

static void report_print(const struct conf_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		fprintf(stderr, "nat64-relay: %s\n", report->lines[i]);
}

/* In the background, its words in a file. */
static int detach(struct relay_clat *clat, struct conf_report *report)
{
	char log[RELAY_CLAT_PATH + 8];
	pid_t child;
	int out, code;

	snprintf(log, sizeof(log), "%s/log", clat->runtime);
	if (conf_file_parents_make(log, report) != 0)
		return RELAY_EXIT_FAILED;
	out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	child = out >= 0 ? fork() : -1;
	if (child < 0) {
		conf_report_add(report, "cannot go into the background: %s", strerror(errno));
		return RELAY_EXIT_FAILED;
	}
	if (child == 0) {
		setsid();
		dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		code = relay_clat_keep(clat, report);
		report_print(report);
		_exit(code);
	}
	close(out);
	if (begin_await(clat, child))
		return status_print(clat, false);
	conf_report_add(report, "the CLAT has ended: %s says why", log);
	return RELAY_EXIT_FAILED;
}

/* given: an option of the command line that the service would not get; NULL: none. */
static int up(struct relay_clat *clat, bool foreground, bool own, const char *given, struct conf_report *report)
{
	if (geteuid() != 0) {
		conf_report_add(report, "only root can do that: sudo nat64-relay clat up");
		return RELAY_EXIT_REFUSED;
	}
	if (foreground)
		return relay_clat_keep(clat, report);
	if (own && sd_booted() > 0) {
		int code;

		if (given) {
			conf_report_add(report,
					"%s is a service here, with its options in " DEFAULTS
					": write CLAT_OPTIONS=\"%s ...\" there, then: nat64-relay clat up",
					UNIT, given);
			return RELAY_EXIT_REFUSED;
		}
		code = systemctl("enable");
		begin_await(clat, 0);
		return code == RELAY_EXIT_OK ? status_print(clat, false) : code;
	}
	if (relay_clat_pid(clat) != 0) {
		conf_report_add(report, "the CLAT is up already: nat64-relay clat status");
		return RELAY_EXIT_REFUSED;
	}
	return detach(clat, report);
}

static int down(struct relay_clat *clat, bool own, struct conf_report *report)
{
	pid_t pid = relay_clat_pid(clat);

	if (own && sd_booted() > 0)
		return systemctl("disable");
	if (pid != 0 && kill(pid, SIGTERM) != 0) {
		conf_report_add(report, "cannot end the process %d: %s", (int)pid, strerror(errno));
		return RELAY_EXIT_FAILED;
	}
	if (pid != 0)
		end_await(clat, pid);
	return relay_clat_clear(clat, report);
}

static int values_read(struct relay_clat *clat, const char *prefix, const char *metric, struct conf_report *report)
{
	clat->metric = RELAY_CLAT_METRIC;
	if (metric && conf_number_parse(metric, 1, METRIC_MAX, &clat->metric) < 0)
		return conf_report_add(report, "--metric %s: a number from 1 to %d is wanted", metric, METRIC_MAX);
	clat->is_given = prefix && *prefix;
	if (clat->is_given && conf_rfc6052_prefix_parse(prefix, &clat->given) != 0)
		return conf_report_add(report,
				       "--prefix %s: a NAT64 prefix without host bits is wanted, of length 32, 40, 48, 56, 64 or "
				       "96: 64:ff9b::/96 for example",
				       prefix);
	if (strlen(clat->runtime) < RELAY_CLAT_PATH - 20)
		return 0;
	return conf_report_add(report, "--runtime-dir %s is too long", clat->runtime);
}

int relay_clat(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const char *prefix = NULL, *metric = NULL, *verb;
	struct relay_clat clat = {.runtime = RELAY_CLAT_RUNTIME_DIR,
				  .user = RELAY_USER,
				  .translator = RELAY_TRANSLATOR_PROGRAM,
				  .adverts = -1};
	bool json = false, foreground = false, own;
	const struct conf_option options[] = {
		{0, "prefix", "P/L", "up: the prefix of the NAT64 [found: router advertisements, DNS]", .text = &prefix},
		{0, "metric", "N", "up: of the default IPv4 route [2048]", .text = &metric},
		{0, "foreground", NULL, "up: stay in the foreground, and exit on SIGTERM", .flag = &foreground},
		{0, "user", "NAME", "up: the user that the translator runs as [" RELAY_USER "]", .text = &clat.user},
		{0, "translator", "PATH", "up: the translator [" RELAY_TRANSLATOR_PROGRAM "]", .text = &clat.translator},
		{0, "runtime-dir", "DIR", "the folder of its files [" RELAY_CLAT_RUNTIME_DIR "]", .text = &clat.runtime},
		RELAY_OPTION_JSON(&json),
	};
	struct conf_report report = {0};
	int exit_code = RELAY_EXIT_REFUSED,
	    parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 1);

	(void)config;
	if (parsed < 0)
		return relay_options_exit(parsed);
	verb = parsed < argc ? argv[parsed] : "";
	own = strcmp(clat.runtime, RELAY_CLAT_RUNTIME_DIR) == 0;
	if (values_read(&clat, prefix, metric, &report) == 0) {
		relay_clat_init(&clat);
		if (strcmp(verb, "up") == 0)
			exit_code = up(&clat, foreground, own,
				       prefix ? "--prefix" :
				       metric ? "--metric" :
						NULL,
				       &report);
		else if (strcmp(verb, "down") == 0)
			exit_code = down(&clat, own, &report);
		else if (strcmp(verb, "status") == 0)
			exit_code = status_print(&clat, json);
		else
			conf_report_add(&report, "clat%s%s: expected up, down or status", *verb ? " " : "", verb);
	}
	report_print(&report);
	conf_report_clear(&report);
	return exit_code;
}
