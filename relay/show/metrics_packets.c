/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets as metrics: what nat64d counts, and the guard's rules. A member that this nat64d does not tell has no samples. */
#include "relay/show/metrics.h"

#include "conf/json.h"
#include "relay/show/prometheus.h"

#include <stdint.h>
#include <string.h>

/* Plain numbers of nat64d's answers. */
static const struct {
	const char *member, *name;
	enum prometheus_type type;
	const char *help;
} numbers[] = {
	{"fast_path_errors", "fast_path_errors_total", RELAY_PROMETHEUS_COUNTER,
	 "Packets that the kernel failed to change in the fast path, and dropped."},
	{"echo_replies", "echo_replies_total", RELAY_PROMETHEUS_COUNTER, "Echo requests to the translator itself, answered."},
	{"icmp_errors", "icmp_errors_total", RELAY_PROMETHEUS_COUNTER, "ICMP errors that the translator sent."},
	{"read_errors", "read_errors_total", RELAY_PROMETHEUS_COUNTER, "Failed reads from the device."},
	{"write_errors", "write_errors_total", RELAY_PROMETHEUS_COUNTER, "Failed writes to the device."},
	{"leases", "leases", RELAY_PROMETHEUS_GAUGE, "Pool addresses in use by clients."},
	{"leases_usable", "leases_usable", RELAY_PROMETHEUS_GAUGE, "Pool addresses that clients can use."},
	{"leases_assigned", "leases_assigned_total", RELAY_PROMETHEUS_COUNTER, "Pool addresses leased."},
	{"leases_reassigned", "leases_reassigned_total", RELAY_PROMETHEUS_COUNTER,
	 "Pool addresses taken from an idle client and leased to another."},
	{"leases_refused_full", "leases_refused_full_total", RELAY_PROMETHEUS_COUNTER,
	 "Clients refused because the pool was exhausted."},
	{"leases_refused_site", "leases_refused_site_total", RELAY_PROMETHEUS_COUNTER, "Clients refused by client-quota."},
	{"queues", "queues", RELAY_PROMETHEUS_GAUGE, "Queues of the device."},
	{"uptime", "translator_uptime_seconds", RELAY_PROMETHEUS_GAUGE, "Time since nat64d started."},
};

struct direction {
	const char *member, *name;
};

static const struct direction directions[] = {
	{"translated_6to4", "6to4"}, {"translated_4to6", "4to6"}, {"hairpin", "hairpin"}, {NULL, NULL}};
static const struct direction fast_directions[] = {{"fast_path_6to4", "6to4"}, {"fast_path_4to6", "4to6"}, {NULL, NULL}};

/* Of every direction the packets, or the bytes. */
static void directions_print(FILE *stream, const json_t *counters, const struct direction *direction, const char *what,
			     const char *name, const char *help)
{
	relay_prometheus_family(stream, name, RELAY_PROMETHEUS_COUNTER, help);
	for (; direction->member; direction++)
		relay_prometheus_labelled(stream, name, "direction", direction->name,
					  conf_json_number(json_object_get(counters, direction->member), what));
}

/* Whether there is a fast path and why not, in nat64d's words, and what took it. */
static void fast_path_print(FILE *stream, const json_t *translator)
{
	const json_t *counters = json_object_get(translator, "counters");
	const char *state = conf_json_text(translator, "fast_path");

	if (!*state)
		return;
	relay_prometheus_family(stream, "fast_path", RELAY_PROMETHEUS_GAUGE,
				"Whether plain packets are translated without leaving the kernel.");
	relay_prometheus_sample(stream, "fast_path", NULL, strcmp(state, "on") == 0);
	relay_prometheus_family(stream, "fast_path_info", RELAY_PROMETHEUS_GAUGE,
				"State of the fast path: on, or the reason why there is none.");
	relay_prometheus_labelled(stream, "fast_path_info", "state", state, 1);
	directions_print(stream, counters, fast_directions, "packets", "fast_path_packets_total",
			 "Translated packets that took the fast path.");
	directions_print(stream, counters, fast_directions, "bytes", "fast_path_bytes_total", "Bytes of these packets.");
}

static void drops_print(FILE *stream, const json_t *drops)
{
	const char *reason;
	json_t *count;

	relay_prometheus_family(stream, "dropped_packets_total", RELAY_PROMETHEUS_COUNTER,
				"Packets that the translator dropped, by reason.");
	json_object_foreach((json_t *)(uintptr_t)drops, reason, count)
		relay_prometheus_labelled(stream, "dropped_packets_total", "reason", reason, json_integer_value(count));
}

static void translator_print(FILE *stream, const json_t *translator)
{
	const json_t *counters = json_object_get(translator, "counters");

	directions_print(stream, counters, directions, "packets", "translated_packets_total",
			 "Translated packets; a packet with segmentation offload counts once.");
	directions_print(stream, counters, directions, "bytes", "translated_bytes_total",
			 "Bytes of the translated packets, as received.");
	fast_path_print(stream, translator);
	drops_print(stream, json_object_get(counters, "drops"));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const json_t *number = json_object_get(counters, numbers[i].member);

		if (!number)
			number = json_object_get(translator, numbers[i].member);
		if (!json_is_integer(number))
			continue;
		relay_prometheus_family(stream, numbers[i].name, numbers[i].type, numbers[i].help);
		relay_prometheus_sample(stream, numbers[i].name, NULL, json_integer_value(number));
	}
}

/* Of every counter of the table the packets, or the bytes. */
static void guard_print(FILE *stream, const json_t *counters, const char *what, const char *name, const char *help)
{
	const char *counter;
	json_t *value;

	relay_prometheus_family(stream, name, RELAY_PROMETHEUS_COUNTER, help);
	json_object_foreach((json_t *)(uintptr_t)counters, counter, value)
		relay_prometheus_labelled(stream, name, "counter", counter, conf_json_number(value, what));
}

void relay_metrics_packets(const json_t *translator, const json_t *rules, FILE *stream)
{
	const json_t *counters = json_object_get(rules, "counters");

	if (conf_json_is_true(translator, "running"))
		translator_print(stream, translator);
	if (!json_is_object(counters))
		return;
	guard_print(stream, counters, "packets", "guard_packets_total",
		    "Packets that rules of the table inet nat64-relay matched; for \"masqueraded\" connections.");
	guard_print(stream, counters, "bytes", "guard_bytes_total", "Bytes of these packets.");
}
