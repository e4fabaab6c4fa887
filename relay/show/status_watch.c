/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of watch, told to a person and as metrics. */
#include "relay/show/status_watch.h"

#include "nftables/nftables.h"
#include "relay/host/clock.h"
#include "relay/show/prometheus.h"
#include "relay/show/status_view.h"

#include <string.h>

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
	relay_status_mark(view, strcmp(health, "unhealthy") == 0 ? RELAY_MARK_FAIL : strcmp(health, "healthy") == 0 ? RELAY_MARK_OK : RELAY_MARK_UNKNOWN,
		       "watch: %s for %s%s%s%s", health, duration, *text_of(state, "why") != '\0' ? ": " : "", text_of(state, "why"),
		       json_is_true(json_object_get(state, "withdrawn")) ? "; the routes are withdrawn" : "");
	if (*text_of(state, "waiting") != '\0')
		relay_status_mark(view, RELAY_MARK_WARNING, "watch: waiting: %s", text_of(state, "waiting"));
	if (*text_of(state, "guard") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: closed: %s; the device is down", text_of(state, "guard"));
	else if (json_is_false(json_object_get(state, "held")))
		relay_status_mark(view, RELAY_MARK_WARNING, "watch: a flush of all rules would open the relay for a moment: table inet " NFTABLES_HOLD " is not to be had");
	if (*text_of(state, "obstacle") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: cannot put back what is missing: %s", text_of(state, "obstacle"));
	if (*text_of(state, "mismatch") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: no longer true: %s", text_of(state, "mismatch"));
	if (json_integer_value(json_object_get(state, "conflicts")) > 0)
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
	prometheus_family(stream, "conflicts", PROMETHEUS_GAUGE, "Things that somebody keeps taking away.");
	prometheus_sample(stream, "conflicts", NULL, json_integer_value(json_object_get(state, "conflicts")));
	prometheus_family(stream, "repairs_total", PROMETHEUS_COUNTER, "Things that watch has put back, by kind.");
	json_object_foreach(json_object_get(state, "repairs"), kind, count)
		prometheus_sample(stream, "repairs_total", (const struct prometheus_label[]){{"kind", kind}, {NULL, NULL}},
				  json_integer_value(count));
}
