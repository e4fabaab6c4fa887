/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of run and watch: check, then put everything in place.
 *
 * run refuses to start where up would, because a person reads the message. watch waits: an obstacle at boot (tailscaled is late or logged
 * out, the overlay has no address yet, another program holds the port) is logged once, and checked again after a netlink event, and every
 * few seconds. systemd nevertheless counts the service as ready: a boot does not wait for a login.
 *
 * A watch that finds the relay of a killed watch in place continues with it, by the settings in force and without the checks of a start.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/apply/active.h"
#include "relay/host/clock.h"
#include "relay/cli/command.h"
#include "relay/check/preflight.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/apply/bring_up.h"

#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

enum { AGAIN_MS = 3000 };

/* Logged when it differs from the last one. */
static void waiting_log(struct relay_watch *watch, const struct conf_report *report)
{
	char text[sizeof(watch->waiting)];

	conf_report_join(report, text, sizeof(text));
	if (strcmp(text, watch->waiting) == 0)
		return;
	memcpy(watch->waiting, text, sizeof(text));
	relay_print_event(LOG_NOTICE, "WAIT", NULL, "waiting: %s", text);
	sd_notifyf(0, "READY=1\nSTATUS=Waiting: %s", text);
}

static void placed(struct relay_watch *watch)
{
	watch->placed = true;
	watch->waiting[0] = '\0';
	watch->begun = relay_clock_ms();
	if (watch->is_run)
		return;
	sd_notify(0, "READY=1\n"
		     "STATUS=Everything is in place; the daemons start.");
	relay_units_want(watch->loop, &watch->units);
}

/* With the lock held. An enum relay_exit. */
static int place_locked(struct relay_watch *watch, struct conf_report *report)
{
	if (watch->carries_on) {
		relay_bring_up_carry_on(watch->settings, report); /* what fails is left to the looks */
		return RELAY_EXIT_OK;
	}
	if (watch->is_run && relay_runtime_orphans_end(watch->settings) > 0)
		relay_print_event(LOG_NOTICE, "DAEMON", NULL, "stopped the daemons of a killed nat64-relay run");
	return relay_bring_up_place(watch->settings, report);
}

static int place_try(struct relay_watch *watch, struct conf_report *report)
{
	int exit_code = RELAY_EXIT_REFUSED;

	if (!watch->carries_on &&
	    relay_preflight(watch->settings, watch->is_run ? RELAY_FOR_RUN : RELAY_FOR_WATCH, report) != 0)
		return exit_code;
	watch->lock = relay_runtime_open(watch->settings, report);
	if (watch->lock < 0)
		return exit_code;
	relay_watch_guard_install(watch); /* first: nothing is ever without a guard that a flush leaves alone */
	exit_code = place_locked(watch, report);
	if (exit_code == RELAY_EXIT_OK)
		return exit_code;
	relay_watch_guard_release(watch);
	relay_runtime_close(watch->settings, watch->lock, !relay_bring_up_is_begun(watch->settings));
	watch->lock = -1;
	return exit_code;
}

/* While it waits, the user may correct the file, or tailscaled report the value of auto. 0, or -1: it is broken, or not known yet. */
static int settings_again(struct relay_watch *watch, struct conf_report *report)
{
	struct conf_settings *settings;

	if (watch->is_run || watch->carries_on || (*watch->waiting == '\0' && conf_tailnet_unknown(watch->settings) == 0))
		return 0;
	settings = relay_settings_read(watch->file, false, report);
	if (!settings)
		return -1;
	conf_settings_free(watch->reloaded);
	watch->settings = watch->reloaded = settings;
	return 0;
}

int relay_watch_place(struct relay_watch *watch, struct conf_report *report)
{
	struct conf_report obstacles = {0};
	int exit_code = RELAY_EXIT_REFUSED;

	if (watch->is_run)
		exit_code = place_try(watch, report);
	else if (settings_again(watch, &obstacles) == 0)
		exit_code = place_try(watch, &obstacles);
	if (exit_code == RELAY_EXIT_OK)
		placed(watch);
	else if (!watch->is_run)
		waiting_log(watch, &obstacles);
	relay_timer_set(watch->loop, &watch->place_timer, AGAIN_MS);
	conf_report_clear(&obstacles);
	return watch->is_run ? exit_code : RELAY_EXIT_OK;
}
