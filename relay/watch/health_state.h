/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loop of watch knows of the relay's health: jobs, what they brought, and what was printed of it. */
#ifndef RELAY_WATCH_HEALTH_STATE_H
#define RELAY_WATCH_HEALTH_STATE_H

#include "relay/host/job.h"
#include "relay/watch/health.h"
#include "relay/watch/probe.h"
#include "relay/watch/tailnet_poll.h"

#include <stdbool.h>
#include <stdint.h>

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

#endif
