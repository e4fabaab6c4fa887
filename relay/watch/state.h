/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each part of the loop of watch knows: its jobs, what they brought, and what was printed of it. */
#ifndef RELAY_WATCH_STATE_H
#define RELAY_WATCH_STATE_H

#include "relay/host/job.h"
#include "relay/watch/health.h"
#include "relay/watch/probe.h"
#include "relay/watch/reach.h"
#include "relay/watch/tailnet_poll.h"

#include <stdbool.h>
#include <stdint.h>

/* relay/watch/watch_clock.c: a machine that slept, a clock that was set back */
struct relay_watch_clock {
	int64_t asleep, ahead;     /* the most that relay_clock_asleep_ms() and relay_clock_ahead_ms() have returned */
	struct relay_job emptying; /* of the resolver's cache */
	bool is_stale;             /* it is to be emptied */
	sd_event_source *timer;    /* of the next such job */
};

/* relay/watch/watch_health.c */
struct relay_watch_health {
	struct relay_health judged;
	struct relay_job probing, asking; /* the relay itself; tailscaled */
	struct relay_probe probe;         /* the results of the last probes */
	struct relay_tailnet_poll tailnet;
	sd_event_source *probe_timer, *tailnet_timer;
	uint64_t translator_seen, resolver_seen;
	bool ready, impatient;
	unsigned tcp_alone;         /* probes in a row in which the resolver answered over TCP alone */
	bool udp_missed;            /* which was logged */
	bool known, tailnet_failed; /* by the last poll of tailscaled */
	bool offered, withdrawn;    /* the routes were advertised, because all is well; are not, because it is not */
	char suffix[256];           /* of the tailnet, as relay.conf had it once; "" not seen yet */
	char paused[240];           /* why nothing is asked of tailscaled, as it was logged; "" all is well */
	char mismatch[512];         /* what of relay.conf is no longer true, as it was logged; "" nothing */
};

/* relay/watch/watch_pulse.c. All zero but descriptor = -1: not begun. */
struct relay_pulse {
	int descriptor;            /* a raw ICMPv6 socket; -1: none */
	uint16_t id, seq;          /* of the last request */
	unsigned unanswered;       /* requests since the last reply, or since what is made 0 to begin anew */
	sd_event_source *timer;    /* of the next request */
	struct relay_job doubting; /* asks the translator's control socket */
};

/* relay/watch/watch_reach.c */
struct relay_watch_reach {
	struct relay_job checking, asking; /* the way out; the other relays */
	struct relay_reach last;           /* the result of the last check */
	struct relay_others others;        /* and the last answer of the others */
	struct relay_yield yield;
	uint64_t looked; /* when everything was last checked */
	sd_event_source *check_timer, *ask_timer,
		*upstreams_timer; /* the next check, the next request to the others, the next to the upstreams in any case */
	bool requested;           /* another relay has requested a check since the last one began */
	char why[sizeof(((struct relay_reach *)0)->why)];     /* what is not reached, as it was printed; "" nothing */
	char stays[sizeof(((struct relay_others *)0)->text)]; /* why the routes stay, as it was printed; "" they need not */
};

/* relay/watch/watch_http.c */
struct relay_watch_page {
	struct relay_job publishing; /* the snapshot */
	sd_event_source *timer;
	bool begun;  /* the server was started */
	bool wanted; /* by the last snapshot there is an http-listen */
	bool failed; /* the last snapshot was not written, which was printed */
};

/* relay/watch/watch_resolved.c: a change of the tailnet that a reload has to follow, where relay.conf says auto */
struct relay_watch_resolved {
	char followed[1280]; /* the change, as it was printed; "" none */
	sd_event_source *timer;
	uint64_t pause;
};

#endif
