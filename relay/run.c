/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay run and nat64-relay watch: put the relay in place, keep it, take it away at the end. They are one loop (relay/watch/watch.c); run has
 * translator and resolver as children in the foreground, watch stands beside them as services of systemd.
 *
 * SIGTERM and SIGINT end it in this order: the routes are withdrawn, so that clients go elsewhere, the daemons end, the machine is put back
 * as it was. SIGHUP starts a nat64-relay reload, which works on the machine and the daemons as it does without us; but from the kernel,
 * when the terminal is gone, it is an end too.
 * Killed with SIGKILL it leaves everything working as it is, unsupervised: the device is persistent and the daemons live on. The next
 * run (or down) recognises its children by RUNTIME_DIR/children and ends them first; the next watch carries on.
 */
#include "relay/apply/advertised.h"
#include "relay/apply/active.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/host/runtime.h"
#include "relay/apply/rollback.h"
#include "relay/watch/parts.h"
#include "relay/watch/watch.h"
#include "relay/apply/bring_up.h"

#include "conf/reader.h"
#include "conf/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* By the settings that are in force, which a reload may have changed; and not while one is at work. */
static int take_away(struct relay_watch *watch, struct conf_report *report)
{
	int failed, lock = relay_runtime_lock_reload(watch->settings, report);
	struct conf_settings *applied = relay_active_read(watch->settings->node.runtime_dir);
	const struct conf_settings *settings = applied ? applied : watch->settings;

	failed = relay_advertised_withdraw(settings, report) != 0;
	relay_daemons_stop(watch->loop, &watch->daemons);
	relay_units_stop(&watch->units);
	failed |= relay_tear_down(settings, report) != 0;
	relay_watch_guard_release(watch); /* last: it guards until all the rest is gone */
	if (!failed)
		puts("nat64-relay: the relay is down");
	if (lock >= 0)
		close(lock);
	conf_settings_free(applied);
	return failed ? RELAY_EXIT_FAILED : RELAY_EXIT_OK;
}

static int watch_run(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code;

	watch->file = realpath(watch->settings->file, NULL);
	if (!watch->file) {
		conf_report_add(report, "cannot find %s again", watch->settings->file);
		return RELAY_EXIT_REFUSED;
	}
	if (watch->is_run && relay_daemons_describe(&watch->daemons, watch->settings, report) != 0)
		return RELAY_EXIT_REFUSED;
	exit_code = relay_watch_loop(watch, report);
	sd_notify(0, "STOPPING=1");
	if (watch->placed) {
		exit_code = take_away(watch, report);
		relay_runtime_close(watch->settings, watch->lock, true);
	}
	return exit_code;
}

static void watch_clear(struct relay_watch *watch)
{
	sd_event_unref(watch->loop);
	relay_watch_guard_release(watch);
	relay_backoff_clear(&watch->repair.backoff);
	relay_daemons_clear(&watch->daemons);
	conf_settings_free(watch->reloaded);
	free(watch->state);
	free(watch->file);
}

static int begin(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code;

	watch->route_events = watch->rule_events = watch->lock = watch->pulse.descriptor = -1;
	watch->loop = relay_loop_new();
	if (!watch->loop) {
		conf_report_add(report, "out of memory");
		return RELAY_EXIT_FAILED;
	}
	relay_watch_clock_init(&watch->clock);
	exit_code = watch_run(watch, report);
	watch_clear(watch);
	return exit_code;
}

static int run_begin(const struct conf_settings *settings, struct conf_report *report)
{
	struct relay_watch watch = {.settings = settings, .is_run = true};

	relay_units_init(&watch.units, NULL);
	return begin(&watch, report);
}

int relay_run(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_run(command, config, argc, argv, run_begin);
}

/* What a reload that was killed has left, as far as it is read here: watch undoes the rest. Not while one is at work. */
static void files_return(const struct conf_settings *settings, struct conf_report *report)
{
	int lock = relay_runtime_try_reload(settings);

	if (lock >= 0 && relay_rollback_is_due(settings))
		relay_rollback_files(settings, report);
	if (lock >= 0)
		close(lock);
}

/* The settings in force of a relay that one that was killed has left in place; NULL: there is none. */
static struct conf_settings *left_find(const char *config, struct conf_report *report)
{
	struct conf_settings *settings = relay_active_find(config, report);
	char *copy = settings ? relay_runtime_path(settings, "relay.conf") : NULL;
	bool left = copy && strcmp(settings->file, copy) == 0 && relay_bring_up_is_begun(settings);

	free(copy);
	if (left) {
		files_return(settings, report);
		conf_settings_free(settings);
		settings = relay_active_find(config, report);
	}
	if (left && settings) {
		free(settings->file);
		settings->file = strdup(config);
		return settings;
	}
	conf_settings_free(settings);
	return NULL;
}

/* Whatever auto stands for: a beginning waits for it. */
static int watch_open(struct relay_session *session, const char *config)
{
	session->settings = conf_settings_read(config, &session->report);
	return relay_session_opened(session);
}

int relay_watch(const struct relay_command *command, const char *config, int argc, char **argv)
{
	struct conf_words units = {.count = 0};
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "unit", "UNIT", "a service to start and stop with the relay", .words = &units},
	};
	struct relay_watch watch = {.is_run = false};
	struct relay_session session = {.settings = NULL};
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (geteuid() != 0) {
		conf_report_add(&session.report, "this needs root: sudo nat64-relay watch");
		return relay_session_close(&session, RELAY_EXIT_REFUSED);
	}
	session.settings = left_find(config, &session.report);
	conf_report_clear(&session.report);
	watch.carries_on = session.settings;
	if (!session.settings && watch_open(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	watch.settings = session.settings;
	relay_units_init(&watch.units, &units);
	return relay_session_close(&session, begin(&watch, &session.report));
}
