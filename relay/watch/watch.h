/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of run and watch: what it knows. */
#ifndef RELAY_WATCH_WATCH_H
#define RELAY_WATCH_WATCH_H

#include "nftables/hold.h"
#include "relay/watch/daemons.h"
#include "relay/host/loop.h"
#include "relay/watch/reconcile.h"
#include "relay/watch/state.h"
#include "relay/host/units.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct conf_report;
struct conf_settings;

/* Timers are those of relay/host/loop.h; other times are ms on the monotonic clock. */
struct relay_watch {
	const struct conf_settings *settings; /* in force */
	struct conf_settings *reloaded;       /* the same when a reload brought them: ours to free */
	char *file;                           /* of the settings, absolute */
	struct relay_daemons daemons;         /* of run; watch has none */
	struct relay_units units;             /* of watch; run has none */
	bool is_run;
	bool carries_on; /* a killed one has left all in place */
	int lock;        /* of the runtime folder; -1: not held */

	sd_event *loop;
	int route_events, rule_events; /* netlink sockets; -1: not to be had, now */
	bool stopping, reload_wanted;
	sd_event_source *reload; /* the end of the nat64-relay reload that we have started; NULL: none */
	uint64_t begun;

	struct relay_watch_clock clock;

	/* relay/watch/watch_place.c: before all is in place */
	bool placed;
	sd_event_source *place_timer;
	char waiting[512]; /* what for, as it was logged; "" nothing */

	/* relay/watch/watch_reconcile.c */
	struct relay_repair repair;
	sd_event_source *reconcile_timer, *thorough_timer;
	uint64_t reload_seen; /* since when a reload delays the reconciliation; 0: none does */
	bool reload_hangs;    /* which was logged */
	struct stat applied;  /* of the copy of the settings, as it was read */

	struct nftables_hold hold;
	struct stat hold_copy; /* of the copy of the settings, as a reload had written it when the second table followed */
	bool held, hold_failed; /* by these settings; it cannot be had, which was logged */

	struct relay_job rolling_back; /* what a killed reload has left */
	sd_event_source *rollback_timer;

	struct relay_watch_health health;
	struct relay_pulse pulse;
	struct relay_watch_reach reach;
	struct relay_watch_page page;
	struct relay_watch_resolved resolved;

	char *state; /* the text of the state's file */
};

/* The loop, until a signal ends it. Returns an enum relay_exit: OK, or what kept run from beginning. */
int relay_watch_loop(struct relay_watch *watch, struct conf_report *report);

#endif
