/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of run and watch: what it knows. */
#ifndef RELAY_WATCH_WATCH_H
#define RELAY_WATCH_WATCH_H

#include "nftables/hold.h"
#include "relay/watch/daemons.h"
#include "relay/host/job.h"
#include "relay/host/loop.h"
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
	struct relay_netlink_events events;
	bool stopping, reload_wanted;
	sd_event_source *reload; /* the end of the nat64-relay reload that we have started; NULL: none */
	uint64_t begun;

	struct relay_watch_clock clock;

	/* relay/watch/watch_place.c: before all is in place */
	bool placed;
	sd_event_source *place_timer;
	char waiting[512]; /* what for, as it was said; "" nothing */

	/* relay/watch/watch_reconcile.c */
	struct relay_repair repair;
	sd_event_source *reconcile_timer, *thorough_timer;
	uint64_t reload_seen; /* since when a reload keeps us from looking; 0: none does */
	bool reload_hangs;    /* which was said */
	struct stat applied;  /* of the copy of the settings, as it was read */

	/* relay/watch/watch_guard.c */
	struct nftables_hold hold;
	struct stat hold_copy; /* of the copy of the settings, as a reload had written it when the second table followed */
	bool held, hold_failed; /* by these settings; it was said that it cannot be had */

	struct relay_job rolling_back; /* what a killed reload has left */
	sd_event_source *rollback_timer;

	/* relay/watch/watch_health.c */
	struct relay_health health;
	struct relay_job probing, asking; /* the relay itself; tailscaled */
	struct relay_probe probe;         /* what the last looks told */
	struct relay_tailnet_poll tailnet;
	sd_event_source *probe_timer, *tailnet_timer;
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
	sd_event_source *follow_timer;
	uint64_t follow_pause;

	/* relay/watch/watch_http.c */
	struct relay_job publishing; /* the snapshot of the page */
	sd_event_source *http_timer;
	bool http_begun, http_wanted,
		http_failed; /* the server was asked for; by the last snapshot there is an http-listen; which was printed */

	char *state; /* the text of the state's file */
};

/* The loop, until it is told to end. Returns an enum relay_exit: OK, or what kept run from beginning. */
int relay_watch_loop(struct relay_watch *watch, struct conf_report *report);

#endif
