/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look of watch at the machine: by the settings that are in force, which a reload may have changed, and never while one is at work:
 * its lock is taken for the time of the look. A lock that cannot be written (a full disk) keeps nobody from looking, nor does a reload
 * that hangs: it has written the copy of its settings before anything else, so what it would still do is what the look does.
 * What a reload that was killed has left is undone first (relay/apply/rollback.c).
 *
 * The second table (nftables/hold.c) guards while ours is away: taken before anything is in place, and with the settings in force. While a reload is at work
 * watch does not look, but the second table follows the copy of the settings as soon as that is written: what only the new settings let pass would
 * otherwise be dropped by the old ones. Reload waits for it before it says that it is done.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/apply/active.h"
#include "relay/host/clock.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/apply/rollback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { THOROUGH_MS = 10000, CLOSED_MS = 1000, BUSY_MS = 200, RELOAD_PATIENCE_MS = 20000, ROLLBACK_MS = 60000 };

/* Is the copy of the settings another than the one that was seen? Takes note of it; no for the first. */
static bool copy_is_new(const struct relay_watch *watch, struct stat *seen)
{
	char *path = relay_runtime_path(watch->settings, "relay.conf");
	struct stat now = {0};
	bool changed = path && stat(path, &now) == 0 &&
		       (now.st_ino != seen->st_ino || now.st_mtim.tv_sec != seen->st_mtim.tv_sec ||
			now.st_mtim.tv_nsec != seen->st_mtim.tv_nsec);
	bool first = seen->st_ino == 0;

	if (changed)
		*seen = now;
	free(path);
	return changed && !first;
}

void relay_watch_guard_install(struct relay_watch *watch)
{
	struct conf_report report = {0};

	if (watch->held)
		return;
	watch->held = nftables_hold_install(&watch->hold, watch->settings, &report) == 0;
	watch->repair.held = watch->held;
	if (!watch->held && !watch->hold_failed)
		relay_print_event(LOG_WARNING, "HOLD", NULL,
				  "a flush of all rules will open the relay for a moment, and break connections: %s",
				  report.count > 0 ? report.lines[0] : "out of memory");
	watch->hold_failed = !watch->held;
	conf_report_clear(&report);
}

/* While a reload is at work: have it by the settings that the reload has put in force. */
static void guard_follow(struct relay_watch *watch)
{
	struct conf_settings *settings;

	if (!watch->hold.socket || !copy_is_new(watch, &watch->hold_copy))
		return;
	settings = relay_active_read(watch->settings->node.runtime_dir);
	if (settings)
		watch->repair.held = nftables_hold_install(&watch->hold, settings, CONF_REPORT_DISCARD) == 0;
	watch->held = false; /* by the settings of watch itself: to be taken again when the reload is over */
	conf_settings_free(settings);
}

void relay_watch_guard_release(struct relay_watch *watch)
{
	nftables_hold_release(&watch->hold);
	watch->held = watch->repair.held = false;
}

/* After a reload: its settings, under the name that the user knows. */
static void settings_follow(struct relay_watch *watch)
{
	struct conf_settings *settings = copy_is_new(watch, &watch->applied) ?
						 relay_active_read(watch->settings->node.runtime_dir) :
						 NULL;
	char *file = settings ? strdup(watch->file) : NULL;

	if (!file) {
		conf_settings_free(settings);
		return;
	}
	free(settings->file);
	settings->file = file;
	watch->held = false;
	conf_settings_free(watch->reloaded);
	watch->settings = watch->reloaded = settings;
	relay_watch_health_renew(watch);
	relay_print_event(LOG_NOTICE, "RELOAD", NULL, "watching with the new settings");
}

/* Is a reload at work, which is left alone? Not for ever. */
static bool reload_is_awaited(struct relay_watch *watch, bool is_busy, uint64_t now)
{
	if (!is_busy) {
		watch->reload_seen = 0;
		watch->reload_hangs = false;
		return false;
	}
	if (watch->reload_seen == 0)
		watch->reload_seen = now;
	if (now - watch->reload_seen < RELOAD_PATIENCE_MS)
		return true;
	if (!watch->reload_hangs)
		relay_print_event(LOG_WARNING, "RELOAD", NULL,
				  "a nat64-relay reload has not ended within %d s: no longer waiting",
				  RELOAD_PATIENCE_MS / 1000);
	watch->reload_hangs = true;
	return false;
}

/* In a job, for it waits for the resolver. It has the lock of reload by birth, until its end. *result: bool, it is done. */
static void rollback_run(const void *request, void *result)
{
	const char *const *runtime_dir = request;
	struct conf_report report = {0};
	bool *done = result;

	*done = relay_rollback_killed(*runtime_dir, &report) == 0;
	fflush(stdout);
	conf_report_print(&report, "nat64-relay", stderr);
	conf_report_clear(&report);
}

/* A reload that was killed is undone, and until then nothing is compared with what it has left. lock: of reload, as it could be had. */
static bool rollback_is_awaited(struct relay_watch *watch, int lock)
{
	const char *runtime_dir = watch->settings->node.runtime_dir;
	bool done;

	relay_job_is_over(&watch->rolling_back, &done, sizeof(done));
	if (watch->rolling_back.pid != 0)
		return true;
	if (lock < 0 || !relay_rollback_is_due(watch->settings) || !relay_timer_is_due(watch->rollback_timer))
		return false;
	relay_timer_set(watch->loop, &watch->rollback_timer, THOROUGH_MS);
	return relay_job_start(watch->loop, &watch->rolling_back, rollback_run, &runtime_dir, sizeof(done),
			       ROLLBACK_MS) == 0;
}

void relay_watch_reconcile(struct relay_watch *watch)
{
	uint64_t now = relay_clock_ms(), next;
	bool thorough = relay_timer_is_due(watch->thorough_timer);
	int lock;

	if (!thorough && !relay_timer_is_due(watch->reconcile_timer))
		return;
	lock = relay_runtime_try_reload(watch->settings);
	if (rollback_is_awaited(watch, lock) || reload_is_awaited(watch, lock == RELAY_RUNTIME_BUSY, now)) {
		if (lock >= 0)
			close(lock);
		guard_follow(watch);
		relay_timer_set(watch->loop, &watch->reconcile_timer, BUSY_MS);
		if (thorough)
			relay_timer_set(watch->loop, &watch->thorough_timer, BUSY_MS);
		return;
	}
	settings_follow(watch);
	relay_watch_guard_install(watch);
	watch->hold_copy = watch->applied;
	relay_reconcile(&watch->repair, watch->settings, thorough, now);
	if (lock >= 0)
		close(lock);
	now = relay_clock_ms();
	next = relay_backoff_next(&watch->repair.backoff, now); /* what is fought over wants its next look */
	relay_timer_set(watch->loop, &watch->reconcile_timer, next == UINT64_MAX ? RELAY_TIMER_NEVER : next - now);
	if (*watch->repair.guard != '\0')
		relay_timer_hasten(watch->loop, &watch->reconcile_timer, CLOSED_MS);
	if (thorough)
		relay_timer_set(watch->loop, &watch->thorough_timer, THOROUGH_MS);
}
