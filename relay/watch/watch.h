/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of run and watch: what it knows, and its parts. */
#ifndef RELAY_WATCH_WATCH_H
#define RELAY_WATCH_WATCH_H

#include "nftables/hold.h"
#include "relay/watch/daemons.h"
#include "relay/host/job.h"
#include "relay/watch/health.h"
#include "relay/watch/netlink_events.h"
#include "relay/watch/probe.h"
#include "relay/watch/pulse.h"
#include "relay/watch/reconcile.h"
#include "relay/watch/tailnet_poll.h"
#include "relay/watch/reach_state.h"
#include "relay/host/units.h"
#include "relay/watch/clocks.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct conf_report;
struct conf_settings;

/* Times are ms on the monotonic clock; one of 0 is due at once. */
struct relay_watch {
	const struct conf_settings *settings; /* in force */
	struct conf_settings *reloaded;       /* the same when a reload brought them: ours to free */
	char *file;                           /* of the settings, absolute */
	struct relay_daemons daemons;         /* of run; watch has none */
	struct relay_units units;             /* of watch; run has none */
	bool is_run;
	bool carries_on; /* a killed one has left all in place */
	int lock;        /* of the runtime folder; -1: not held */

	/* the loop */
	int signals;
	struct relay_netlink_events notices;
	bool stopping, reload_wanted;
	pid_t reload; /* the nat64-relay reload that we have started; 0: none */
	uint64_t begun, pinged;

	struct relay_watch_clock clock;

	/* relay/watch/watch_place.c: before all is in place */
	bool placed;
	uint64_t place_due;
	char waiting[512]; /* what for, as it was said; "" nothing */

	/* relay/watch/watch_reconcile.c */
	struct relay_repair repair;
	uint64_t look_due, thorough_due;
	uint64_t reload_seen; /* since when a reload keeps us from looking; 0: none does */
	bool reload_hangs;    /* which was said */
	struct stat applied;  /* of the copy of the settings, as it was read */

	/* relay/watch/watch_guard.c */
	struct nftables_hold hold;
	struct stat hold_copy; /* of the copy of the settings, as a reload had written it when the second table followed */
	bool held, hold_failed; /* by these settings; it was said that it cannot be had */

	struct relay_job undoing; /* what a killed reload has left */
	uint64_t undo_due;

	/* relay/watch/watch_health.c */
	struct relay_health health;
	struct relay_job probing, asking; /* the relay itself; tailscaled */
	struct relay_probe probe;         /* what the last looks told */
	struct relay_tailnet_poll tailnet;
	uint64_t probe_due, tailnet_due;
	uint64_t translator_seen, resolver_seen;
	bool ready, impatient;
	unsigned tcp_alone;         /* looks in a row in which the resolver answered over TCP alone */
	bool udp_missed;            /* which was said */
	bool known, tailnet_failed; /* what the last look at tailscaled was worth */
	bool offered, withdrawn;    /* the routes were advertised, because all is well; are not, because it is not */
	char suffix[256];           /* of the tailnet, as relay.conf had it once; "" not seen yet */
	char paused[240];           /* why nothing is asked of tailscaled, as it was said; "" all is well */
	char mismatch[512];         /* what of relay.conf is no longer true, as it was said; "" nothing */

	struct relay_watch_reach reach;

	/* relay/watch/watch_pulse.c */
	struct relay_pulse pulse;
	struct relay_job doubting; /* the translator's control socket */

	/* relay/watch/watch_resolved.c */
	char followed[1280]; /* the change of the tailnet that a reload is to follow, as it was said; "" none */
	uint64_t follow_due, follow_pause;

	/* relay/watch/watch_http.c */
	struct relay_job publishing; /* the snapshot of the page */
	uint64_t http_due;
	bool http_begun, http_wanted,
		http_failed; /* the server was asked for; by the last snapshot there is an http-listen; which was printed */

	char *state; /* the text of the state's file */
};

/* The loop, until it is told to end. Returns an enum relay_exit: OK, or what kept run from beginning. */
int relay_watch_loop(struct relay_watch *watch, struct conf_report *report);

/* Put all in place. An enum relay_exit; for watch OK too when it has to wait and try again: then not placed. */
int relay_watch_place(struct relay_watch *watch, struct conf_report *report);

/* One look when it is due; and when the next one is. */
void relay_watch_reconcile(struct relay_watch *watch);
uint64_t relay_watch_reconcile_due(const struct relay_watch *watch);

/* Is the copy of the settings another than the one that was seen? Takes note of it; no for the first. */
bool relay_watch_copy_is_new(const struct relay_watch *watch, struct stat *seen);

/* Errands of health: begin those that are due, take the results of those that are done; and when the next one is due. */
void relay_watch_health(struct relay_watch *watch);
uint64_t relay_watch_health_due(const struct relay_watch *watch);

/* Other settings are in force: what was found by the old ones counts no more, and all is asked anew. */
void relay_watch_health_renew(struct relay_watch *watch);

/* The translator's pulse. True once when it is found stopped, and probe.why says so; and when it is due again. */
bool relay_watch_pulse(struct relay_watch *watch);
uint64_t relay_watch_pulse_due(const struct relay_watch *watch);

/* Jobs of the relay's reach: begin those that are due, take the results of those that are done; and when the next one is due. */
void relay_watch_reach(struct relay_watch *watch);
uint64_t relay_watch_reach_due(const struct relay_watch *watch);

/* Other settings are in force: what the old ones wanted to reach counts no more. */
void relay_watch_reach_renew(struct relay_watch *watch);

/* What watch.json tells of it: a new reference; null when nothing is looked at. */
json_t *relay_watch_reach_make(const struct relay_watch *watch);

/* After a look at tailscaled: does what auto stands for differ from what is in force? Then a reload is wanted. */
void relay_watch_resolved(struct relay_watch *watch);

/* Write what the page shows when it is due, and have its server started; and when that is due again. */
void relay_watch_http(struct relay_watch *watch);
uint64_t relay_watch_http_due(const struct relay_watch *watch);

/* Keep RUNTIME_DIR/watch.json in step. */
void relay_watch_state_write(struct relay_watch *watch);

/* Read the clocks for the first time. */
void relay_watch_clock_init(struct relay_watch_clock *clock);

/* Read them again, and do what follows; and when that is due without anything else happening. */
void relay_watch_clock_check(struct relay_watch *watch);
uint64_t relay_watch_clock_due(const struct relay_watch_clock *clock);

#endif
