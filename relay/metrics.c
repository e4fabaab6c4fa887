/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64-relay metrics: what status knows, as Prometheus reads it. Both print the same object, so that they always agree. */
#include "config.h"

#include "conf/json.h"
#include "relay/show/metrics.h"

#include "relay/command.h"
#include "relay/common.h"
#include "relay/show/prometheus.h"
#include "relay/show/status.h"

#include <string.h>

static void part_print(FILE *stream, const char *part, bool is_healthy)
{
	relay_prometheus_labelled(stream, "healthy", "part", part, is_healthy);
}

static bool resolver_is_healthy(const json_t *addresses)
{
	json_t *address;
	size_t i;

	json_array_foreach(addresses, i, address)
		if (!conf_json_is_true(address, "answers"))
			return false;
	return true;
}

/* A part that the settings do not have has no sample. */
static void health_print(const json_t *status, FILE *stream)
{
	const json_t *resolver = json_object_get(status, "resolver"), *tailscale = json_object_get(status, "tailscale");
	const json_t *watch = json_object_get(status, "watch");

	relay_prometheus_family(stream, "healthy", RELAY_PROMETHEUS_GAUGE,
				"Whether this part of the relay is in place and works.");
	part_print(stream, "kernel", conf_json_is_true(json_object_get(status, "kernel"), "complete"));
	part_print(stream, "rules", conf_json_is_true(json_object_get(status, "rules"), "complete"));
	part_print(stream, "translator", conf_json_is_true(json_object_get(status, "translator"), "running"));
	if (json_array_size(resolver) > 0)
		part_print(stream, "resolver", resolver_is_healthy(resolver));
	if (json_is_object(watch))
		part_print(stream, "watch", strcmp(conf_json_text(watch, "health"), "healthy") == 0);
	if (json_is_object(json_object_get(watch, "reach")))
		part_print(stream, "reach",
			   strcmp(conf_json_text(json_object_get(watch, "reach"), "state"), "unhealthy") != 0);
	if (json_is_object(tailscale))
		part_print(stream, "tailscale", strcmp(conf_json_text(tailscale, "state"), "Running") == 0);
}

/* headscale does not tell a node of the approval of its own route; Tailscale does. */
static void routes_print(const json_t *routes, FILE *stream)
{
	static const char *const states[] = {"advertised", "approved", "primary"};
	json_t *route;
	size_t i;

	if (json_array_size(routes) == 0)
		return;
	relay_prometheus_family(stream, "route", RELAY_PROMETHEUS_GAUGE,
				"Whether the route is in this state, as far as this node knows.");
	json_array_foreach(routes, i, route)
		for (size_t j = 0; j < sizeof(states) / sizeof(states[0]); j++)
			relay_prometheus_sample(
				stream, "route",
				(const struct relay_prometheus_label[]){
					{"route", conf_json_text(route, "route")}, {"state", states[j]}, {NULL, NULL}},
				conf_json_is_true(route, states[j]));
}

static void watch_print(const json_t *state, FILE *stream)
{
	const char *kind;
	json_t *count;

	if (!json_is_object(state))
		return;
	relay_prometheus_family(stream, "withdrawn", RELAY_PROMETHEUS_GAUGE,
				"Whether watch has withdrawn the advertised routes.");
	relay_prometheus_sample(stream, "withdrawn", NULL, conf_json_is_true(state, "withdrawn"));
	if (json_is_object(json_object_get(state, "reach"))) {
		relay_prometheus_family(stream, "yielded", RELAY_PROMETHEUS_GAUGE,
					"Whether watch leaves the routes to another relay, which reaches hosts that this one cannot "
					"reach.");
		relay_prometheus_sample(stream, "yielded", NULL,
					conf_json_is_true(json_object_get(state, "reach"), "yields"));
	}
	relay_prometheus_family(stream, "conflicts", RELAY_PROMETHEUS_GAUGE,
				"Items that another program keeps "
				"removing.");
	relay_prometheus_sample(stream, "conflicts", NULL, conf_json_number(state, "conflicts"));
	relay_prometheus_family(stream, "repairs_total", RELAY_PROMETHEUS_COUNTER,
				"Items that watch has restored, by kind.");
	json_object_foreach(json_object_get(state, "repairs"), kind, count)
		relay_prometheus_labelled(stream, "repairs_total", "kind", kind, json_integer_value(count));
}

void relay_metrics_print(const json_t *status, FILE *stream)
{
	relay_prometheus_family(stream, "info", RELAY_PROMETHEUS_GAUGE, "The version of nat64-relay; always 1.");
	relay_prometheus_labelled(stream, "info", "version", PACKAGE_VERSION, 1);
	health_print(status, stream);
	routes_print(json_object_get(json_object_get(status, "tailscale"), "routes"), stream);
	watch_print(json_object_get(status, "watch"), stream);
	relay_metrics_dns(json_object_get(status, "dns"), stream);
	relay_metrics_packets(json_object_get(status, "translator"), json_object_get(status, "rules"), stream);
}

static int metrics_work(const struct relay_session *session)
{
	json_auto_t *status = relay_status_gather(session->settings, session->edited, session->broken);

	relay_metrics_print(status, stdout);
	return RELAY_EXIT_OK;
}

int relay_metrics(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const struct conf_option options[] = {RELAY_OPTION_CONFIG(&config)};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, 1, 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, metrics_work(&session));
}
