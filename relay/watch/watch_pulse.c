/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A translator that has stopped: clients are to be with another relay within three seconds.
 *
 * While the routes are advertised the pulse beats (relay/watch/pulse.c). When it is missed, a job asks the translator's control socket, which a
 * translator under any load answers at once from a thread of its own. Silent there as well: it is stopped or hangs, and the routes are withdrawn
 * without the usual three probes. That it is healthy again is for the probe to find, with all its patience.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"

#include <jansson.h>
#include <stdio.h>

enum { DOUBT_MS = 500 };

/* A job: settings are struct conf_settings, over is a bool. A socket that nobody listens on is no silence: the translator has died, and is started again. */
static void translator_ask(const void *settings, void *over)
{
	const struct conf_settings *own = settings;
	json_auto_t *reply = NULL;

	nat64_control_ask(own->node.runtime_dir, "counters", &reply, CONF_REPORT_DISCARD);
	*(bool *)over = true;
}

static bool is_wanted(const struct relay_watch *watch)
{
	return watch->health.offered && watch->health.judged.state == RELAY_HEALTH_HEALTHY && !watch->reload;
}

/* The job is over, or ran out of time. True: the translator is stopped. */
static bool doubt_is_confirmed(struct relay_watch *watch)
{
	bool over = false;

	return relay_job_is_over(&watch->doubting, &over, sizeof(over)) && !over && is_wanted(watch) &&
	       watch->pulse.unanswered >= RELAY_PULSE_LOST;
}

bool relay_watch_pulse(struct relay_watch *watch)
{
	bool stopped = doubt_is_confirmed(watch);

	if (!is_wanted(watch)) {
		watch->pulse.unanswered = 0;
		return false;
	}
	if (relay_pulse_beat(watch->loop, &watch->pulse, &watch->settings->translation.ipv6_address) &&
	    watch->doubting.pid == 0 && !stopped)
		relay_job_start(watch->loop, &watch->doubting, translator_ask, watch->settings, sizeof(bool), DOUBT_MS);
	if (stopped)
		snprintf(watch->health.probe.why, sizeof(watch->health.probe.why),
			 "the translator has stopped: it answers neither echo requests nor its control socket");
	return stopped;
}
