/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of watch, told to a person. */
#include "relay/show/status_view.h"

#include "conf/json.h"
#include "nftables/nftables.h"
#include "relay/host/clock.h"

#include <string.h>

/* "3 h 2 min", "12 s" */
static void duration_print(char *text, size_t size, uint64_t since)
{
	uint64_t seconds = (relay_clock_ms() - since) / 1000;

	if (seconds >= 86400)
		snprintf(text, size, "%llu d %llu h", (unsigned long long)seconds / 86400,
			 (unsigned long long)seconds / 3600 % 24);
	else if (seconds >= 3600)
		snprintf(text, size, "%llu h %llu min", (unsigned long long)seconds / 3600,
			 (unsigned long long)seconds / 60 % 60);
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

/* What the relay is for, and what was done when it was not reached. */
static void reach_print(struct relay_status_view *view, const json_t *reach)
{
	const char *why = conf_json_text(reach, "why"), *others = conf_json_text(reach, "others");

	if (conf_json_is_true(reach, "yields"))
		relay_status_mark(view, RELAY_MARK_FAIL, "reach: %s; the routes are left to another relay: %s",
				  *why != '\0' ? why : "everything is reachable again, and has to stay so for a while",
				  others);
	else if (strcmp(conf_json_text(reach, "state"), "unhealthy") == 0)
		relay_status_mark(view, RELAY_MARK_FAIL, "reach: %s%s%s", why,
				  *others != '\0' ? "; the routes stay advertised: " : "", others);
	else if (strcmp(conf_json_text(reach, "state"), "healthy") == 0)
		relay_status_mark(view, RELAY_MARK_OK, "reach: the upstream-dns and every probe answer");
}

void relay_watch_state_print(struct relay_status_view *view, const json_t *state)
{
	const char *health = conf_json_text(state, "health");
	char duration[48];

	if (!json_is_object(state))
		return;
	duration_print(duration, sizeof(duration), (uint64_t)conf_json_number(state, "since_ms"));
	relay_status_mark(view,
			  strcmp(health, "unhealthy") == 0 ? RELAY_MARK_FAIL :
			  strcmp(health, "healthy") == 0   ? RELAY_MARK_OK :
							     RELAY_MARK_UNKNOWN,
			  "watch: %s for %s%s%s%s", health, duration, *conf_json_text(state, "why") != '\0' ? ": " : "",
			  conf_json_text(state, "why"),
			  conf_json_is_true(state, "withdrawn") ? "; the routes are withdrawn" : "");
	reach_print(view, json_object_get(state, "reach"));
	if (*conf_json_text(state, "waiting") != '\0')
		relay_status_mark(view, RELAY_MARK_WARNING, "watch: waiting: %s", conf_json_text(state, "waiting"));
	if (*conf_json_text(state, "guard") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: closed: %s; the device is down",
				  conf_json_text(state, "guard"));
	else if (json_is_false(json_object_get(state, "held")))
		relay_status_mark(view, RELAY_MARK_WARNING,
				  "watch: a flush of all rules would open the relay for a moment: table inet " NFTABLES_HOLD
				  " is not available");
	if (*conf_json_text(state, "obstacle") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: cannot restore a missing item: %s",
				  conf_json_text(state, "obstacle"));
	if (*conf_json_text(state, "mismatch") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "watch: no longer true: %s", conf_json_text(state, "mismatch"));
	if (conf_json_number(state, "conflicts") > 0)
		relay_status_mark(view, RELAY_MARK_FAIL,
				  "watch: another program keeps removing an item; the log names "
				  "it");
	if (view->depth == RELAY_STATUS_WHOLE)
		repairs_print(json_object_get(state, "repairs"));
}
