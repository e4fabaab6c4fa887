// SPDX-License-Identifier: GPL-2.0-or-later
// The state of watch as a file, for status and metrics: written when it has changed, whole or not at all. It holds times of the monotonic
// clock, which all processes of a machine share. When it cannot be written (a full disk) watch goes on without.
#include "relay/watch/watch_state.h"

#include "conf/file.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nftables/nftables.h"
#include "relay/host/clock.h"
#include "relay/show/prometheus.h"
#include "relay/host/runtime.h"
#include "relay/show/status_view.h"
#include "relay/watch/watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_NAME "watch.json"

static json_t *repairs_make(const struct relay_repair *repair)
{
	json_t *repairs = json_object();

	for (enum relay_repair_kind kind = 0; kind < RELAY_REPAIR_KINDS; kind++)
		json_object_set_new(repairs, relay_repair_kind_text(kind), json_integer((json_int_t)repair->counts[kind]));
	return repairs;
}

static json_t *state_make(const struct relay_watch *watch)
{
	const char *why = watch->health.state == RELAY_HEALTH_SICK ? watch->probe.why : "";

	return json_pack("{s:i, s:i, s:s, s:I, s:I, s:s, s:s, s:s, s:b, s:s, s:s, s:b, s:i, s:o}", "version", 1, "pid", (int)getpid(), "health",
			 relay_health_text(watch->health.state), "since_ms", (json_int_t)watch->health.since, "begun_ms",
			 (json_int_t)watch->begun, "why", why, "waiting", watch->paused, "guard", watch->repair.guard, "held",
			 watch->repair.held, "obstacle", watch->repair.obstacle, "mismatch",
			 watch->mismatch, "withdrawn", watch->withdrawn, "fights",
			 (int)relay_backoff_fights(&watch->repair.backoff, relay_clock_ms()), "repairs", repairs_make(&watch->repair));
}

void relay_watch_state_write(struct relay_watch *watch)
{
	json_t *state = state_make(watch);
	char *text = json_dumps(state, JSON_INDENT(1)), *path = relay_runtime_path(watch->settings, STATE_NAME);
	struct conf_report quiet = {0};

	if (text != NULL && path != NULL && (watch->state == NULL || strcmp(text, watch->state) != 0) &&
	    conf_file_put(path, text, strlen(text), 0644, NULL, &quiet) == 0) {
		free(watch->state);
		watch->state = text;
		text = NULL;
	}
	free(text);
	free(path);
	json_decref(state);
	conf_report_clear(&quiet);
}

json_t *relay_watch_state_read(const struct conf_settings *settings)
{
	FILE *stream = relay_runtime_memory_open(settings, STATE_NAME);
	json_t *state = stream != NULL ? json_loadf(stream, 0, NULL) : NULL;
	pid_t holder = relay_runtime_holder(settings);

	if (stream != NULL)
		fclose(stream);
	if (holder != 0 && json_integer_value(json_object_get(state, "pid")) == holder)
		return state;
	json_decref(state);
	return json_null();
}

static const char *text_of(const json_t *state, const char *member)
{
	const char *text = json_string_value(json_object_get(state, member));

	return text != NULL ? text : "";
}

/* "3 h 2 min", "12 s" */
static void duration_print(char *text, size_t size, uint64_t since)
{
	uint64_t seconds = (relay_clock_ms() - since) / 1000;

	if (seconds >= 86400)
		snprintf(text, size, "%llu d %llu h", (unsigned long long)seconds / 86400, (unsigned long long)seconds / 3600 % 24);
	else if (seconds >= 3600)
		snprintf(text, size, "%llu h %llu min", (unsigned long long)seconds / 3600, (unsigned long long)seconds / 60 % 60);
	else if (seconds >= 60)
		snprintf(text, size, "%llu min", (unsigned long long)seconds / 60);
	else
		snprintf(text, size, "%llu s", (unsigned long long)seconds);
}

static void repairs_print(const json_t *repairs)
{
	const char *separator = "           put back: ", *kind;
	json_t *count;

	json_object_foreach((json_t *)(uintptr_t)repairs, kind, count)
		if (json_integer_value(count) > 0) {
			printf("%s%s %lld", separator, kind, (long long)json_integer_value(count));
			separator = ", ";
		}
	if (*separator == ',')
		putchar('\n');
}

void relay_watch_state_print(struct relay_status_view *view, const json_t *state)
{
	const char *health = text_of(state, "health");
	char duration[48];

	if (!json_is_object(state))
		return;
	duration_print(duration, sizeof(duration), (uint64_t)json_integer_value(json_object_get(state, "since_ms")));
	relay_status_mark(view, strcmp(health, "sick") == 0 ? RELAY_MARK_FAIL : strcmp(health, "healthy") == 0 ? RELAY_MARK_OK : RELAY_MARK_UNKNOWN,
		       "watch: %s for %s%s%s%s", health, duration, *text_of(state, "why") != '\0' ? ": " : "", text_of(state, "why"),
		       json_is_true(json_object_get(state, "withdrawn")) ? "; the routes are withdrawn" : "");
	if (*text_of(state, "waiting") != '\0')
		relay_status_mark(view, RELAY_MARK_MIND, "watch: waiting: %s", text_of(state, "waiting"));
	if (*text_of(state, "guard") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: closed: %s; the device is down", text_of(state, "guard"));
	else if (json_is_false(json_object_get(state, "held")))
		relay_status_mark(view, RELAY_MARK_MIND, "watch: a flush of all rules would open the relay for a moment: table inet " NFTABLES_HOLD " is not to be had");
	if (*text_of(state, "obstacle") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: cannot put back what is missing: %s", text_of(state, "obstacle"));
	if (*text_of(state, "mismatch") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: no longer true: %s", text_of(state, "mismatch"));
	if (json_integer_value(json_object_get(state, "fights")) > 0)
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: somebody keeps taking something away; the log says what");
	if (view->depth == RELAY_STATUS_WHOLE)
		repairs_print(json_object_get(state, "repairs"));
}

void relay_metrics_watch(const json_t *state, FILE *stream)
{
	const char *kind;
	json_t *count;

	if (!json_is_object(state))
		return;
	prometheus_family(stream, "withdrawn", PROMETHEUS_GAUGE, "Whether watch has withdrawn the advertised routes.");
	prometheus_sample(stream, "withdrawn", NULL, json_is_true(json_object_get(state, "withdrawn")));
	prometheus_family(stream, "fights", PROMETHEUS_GAUGE, "Things that somebody keeps taking away.");
	prometheus_sample(stream, "fights", NULL, json_integer_value(json_object_get(state, "fights")));
	prometheus_family(stream, "repairs_total", PROMETHEUS_COUNTER, "Things that watch has put back, by kind.");
	json_object_foreach(json_object_get(state, "repairs"), kind, count)
		prometheus_sample(stream, "repairs_total", (const struct prometheus_label[]){{"kind", kind}, {NULL, NULL}},
				  json_integer_value(count));
}
