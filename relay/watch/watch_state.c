/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of watch as a file, for status and metrics: written when it has changed, whole or not at all. It holds times of the monotonic
 * clock, which all processes of a machine share. When it cannot be written (a full disk) watch goes on without.
 */
#include "relay/watch/watch.h"

#include "relay/watch/parts.h"
#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "relay/ask/watch_state.h"
#include "relay/host/clock.h"
#include "relay/host/runtime.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *repairs_make(const struct relay_repair *repair)
{
	json_t *repairs = json_object();

	for (enum relay_repair_kind kind = 0; kind < RELAY_REPAIR_KINDS; kind++)
		json_object_set_new(repairs, relay_repair_kind_text(kind), json_integer((json_int_t)repair->counts[kind]));
	return repairs;
}

static json_t *state_make(const struct relay_watch *watch)
{
	const char *why = watch->health.judged.state == RELAY_HEALTH_UNHEALTHY ? watch->health.probe.why : "";

	return json_pack("{s:i, s:i, s:s, s:I, s:I, s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:i, s:o, s:o}", "version", 1,
			 "pid", (int)getpid(), "health", relay_health_text(watch->health.judged.state), "since_ms",
			 (json_int_t)watch->health.judged.since, "begun_ms", (json_int_t)watch->begun, "why", why,
			 "waiting", watch->health.paused, "guard", watch->repair.guard, "held", watch->repair.held,
			 "obstacle", watch->repair.obstacle, "mismatch", watch->health.mismatch, "withdrawn",
			 watch->health.withdrawn, "conflicts",
			 (int)relay_backoff_conflicts(&watch->repair.backoff, relay_clock_ms()), "repairs",
			 repairs_make(&watch->repair), "reach", relay_watch_reach_make(watch));
}

void relay_watch_state_write(struct relay_watch *watch)
{
	json_auto_t *state = state_make(watch);
	char *text = json_dumps(state, JSON_INDENT(1)),
	     *path = relay_runtime_path(watch->settings, RELAY_WATCH_STATE_NAME);

	if (text && path && (!watch->state || strcmp(text, watch->state) != 0) &&
	    conf_file_put(path, text, strlen(text), 0644, NULL, CONF_REPORT_DISCARD) == 0) {
		free(watch->state);
		watch->state = text;
		text = NULL;
	}
	free(text);
	free(path);
}
