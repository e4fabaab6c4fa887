/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page: a job writes what its server shows (relay/show/snapshot.c), every few seconds while there is an http-listen. The server is a child of run, or a service beside
 * watch; it listens on the addresses in the file. After the last http-listen is removed, the file is written once more without addresses.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/cli/print.h"
#include "relay/show/snapshot.h"

#include <syslog.h>

enum { PERIOD_MS = 5000, PATIENCE_MS = 30000 };

/* What became of the job. */
struct outcome {
	bool written;
	char why[400];
};

static void snapshot_write(const void *settings, void *result)
{
	struct conf_report report = {0};
	struct outcome *outcome = result;

	outcome->written = relay_snapshot_write(settings, &report) == 0;
	conf_report_join(&report, outcome->why, sizeof(outcome->why));
	conf_report_clear(&report);
}

static void outcome_print(struct relay_watch *watch, const struct outcome *outcome)
{
	if (!outcome->written && !watch->page.failed)
		relay_print_event(LOG_WARNING, "PAGE", NULL, "the page is out of date: %s", outcome->why);
	watch->page.failed = !outcome->written;
}

/* The folder is there before its server is started. */
static void server_begin(struct relay_watch *watch)
{
	struct outcome outcome = {.written = false};
	struct conf_report report = {0};

	if (relay_snapshot_folder_make(watch->settings, &report) == 0 &&
	    (!watch->is_run || relay_daemons_http_add(&watch->daemons, watch->settings) == 0)) {
		watch->page.begun = true;
		relay_watch_reach_listen(watch);
		if (!watch->is_run)
			relay_units_want(watch->loop, &watch->units);
	} else {
		conf_report_join(&report, outcome.why, sizeof(outcome.why));
		outcome_print(watch, &outcome);
	}
	conf_report_clear(&report);
}

void relay_watch_http(struct relay_watch *watch)
{
	bool wanted = watch->settings->node.http_listener_count > 0;
	struct outcome outcome = {.why = "it took too long"};

	if (relay_job_is_over(&watch->page.publishing, &outcome, sizeof(outcome)))
		outcome_print(watch, &outcome);
	if (wanted && !watch->page.begun)
		server_begin(watch);
	if (!watch->page.begun || (!wanted && !watch->page.wanted) || !relay_timer_is_due(watch->page.timer))
		return;
	if (relay_job_start(watch->loop, &watch->page.publishing, snapshot_write, watch->settings, sizeof(outcome),
			    PATIENCE_MS) == 0)
		watch->page.wanted = wanted;
	relay_timer_set(watch->loop, &watch->page.timer, PERIOD_MS);
}
