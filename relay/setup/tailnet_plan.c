/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What apply would do, and what it leaves to a person. Everything is read here, and nothing is changed. */
#include "relay/setup/tailnet_plan.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "relay/cli/print.h"
#include "relay/host/machine.h"
#include "relay/setup/tailnet_merge.h"
#include "relay/setup/next_steps.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = 600 };

/* What the visitor of wanted zones works on. */
struct gathering {
	const struct conf_settings *settings;
	const struct tailscale_netmap *netmap;
	struct relay_tailnet_plan *plan;
};

json_t *relay_tailnet_plan_step(struct relay_tailnet_plan *plan, const char *topic, const char *text, bool optional)
{
	json_t *step = json_pack("{s:s, s:s, s:[], s:b}", "topic", topic, "text", text, "lines", "optional", optional);

	json_array_append_new(plan->steps, step);
	return json_object_get(step, "lines");
}

void relay_tailnet_plan_change(struct relay_tailnet_plan *plan, const char *topic, const char *change, const char *text)
{
	json_array_append_new(plan->changes, json_pack("{s:s, s:s, s:s}", "topic", topic, "change", change, "text", text));
}

/* Does tailscaled hand it to this resolver already? */
static bool is_handed(const struct tailscale_netmap *netmap, const char *name, const char *resolver)
{
	const struct tailscale_zone *zone = netmap ? tailscale_netmap_zone(netmap, name) : NULL;
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; zone && i < zone->resolver_count; i++)
		if (strcmp(relay_machine_address_print(&zone->resolvers[i], address), resolver) == 0)
			return true;
	return false;
}

static void zone_gather(void *context, const struct relay_wanted_zone *zone)
{
	const struct gathering *gathering = context;
	char resolver[INET6_ADDRSTRLEN], line[TEXT_ROOM];

	relay_wanted_resolver(gathering->settings, resolver);
	if (!zone->is_wide) {
		json_object_set_new(gathering->plan->zones, zone->name, json_pack("[s]", resolver));
		return;
	}
	if (is_handed(gathering->netmap, zone->within, resolver))
		return;
	snprintf(line, sizeof(line), "%s > %s", zone->name, resolver);
	json_array_append_new(
		relay_tailnet_plan_step(gathering->plan, "dns",
					"If no other addresses in this zone have names, add the zone too:", true),
		json_string(line));
}

static void routes_diff(const struct tailscale_node_routes *routes, struct relay_tailnet_plan *plan)
{
	const json_t *route;
	size_t i;

	json_array_foreach(plan->routes, i, route) {
		const char *name = json_string_value(route);
		char text[TEXT_ROOM];

		if (relay_list_has(&routes->approved, name))
			continue;
		snprintf(text, sizeof(text), "%s%s", name,
			 relay_list_has(&routes->advertised, name) ?
				 "" :
				 " (not offered yet: nat64-relay up offers it; if the relay is up, restart "
				 "tailscaled, which offers it again)");
		relay_tailnet_plan_change(plan, "routes", "+", text);
	}
}

/* Does tailscaled offer it, as far as tailscaled knows? */
static bool is_offered(const struct conf_settings *settings, const char *route)
{
	struct tailscale_prefs prefs;
	bool offered = tailscale_prefs_read(settings->node.tailscale_socket, &prefs, CONF_REPORT_DISCARD) == 0;

	if (offered) {
		offered = relay_list_has(&prefs.advertise_routes, route);
		tailscale_prefs_clear(&prefs);
	}
	return offered;
}

/* An approval alone leads nobody here: headscale forgets what a node offers when tailscaled connects again meanwhile, and tells the node nothing of it. */
static void offers_step(const struct conf_settings *settings, const struct tailscale_node_routes *routes,
			struct relay_tailnet_plan *plan)
{
	json_t *lines[2] = {NULL, NULL};
	const json_t *route;
	size_t i;

	json_array_foreach(plan->routes, i, route) {
		const char *name = json_string_value(route);
		bool offered;

		if (!relay_list_has(&routes->approved, name) || relay_list_has(&routes->advertised, name))
			continue;
		offered = is_offered(settings, name);
		if (!lines[offered])
			lines[offered] = relay_tailnet_plan_step(
				plan, "routes",
				offered ? "These routes are approved and tailscaled offers them, but the control plane "
					  "has lost the offer. Restart tailscaled, which offers them again:" :
					  "These routes are approved, but this node does not offer them. nat64-relay up "
					  "offers them; if the relay is up, nat64-relay status shows why it does not:",
				false);
		json_array_append_new(lines[offered], json_string(name));
	}
}

/* "100.64.0.9, 100.64.0.1" */
static const char *resolvers_print(const json_t *list, char text[TEXT_ROOM])
{
	const json_t *value;
	size_t i, length = 0;

	text[0] = '\0';
	json_array_foreach(list, i, value)
		if (length < TEXT_ROOM && json_is_string(value))
			length += (size_t)snprintf(text + length, TEXT_ROOM - length, "%s%s", i > 0 ? ", " : "",
						   json_string_value(value));
	return text;
}

static int zones_diff(struct relay_tailnet *tailnet, struct relay_tailnet_plan *plan, struct conf_report *report)
{
	json_t *zones = tailnet->control.plane->zones_read(&tailnet->control, report), *patch;
	const json_t *resolvers;
	const char *zone;

	if (!zones)
		return -1;
	patch = relay_zones_unite(zones, plan->zones);
	if (!patch)
		conf_report_add(report, "%s, split DNS: the answer has no lists of resolvers in the known form",
				tailnet->control.base);
	json_object_foreach(patch, zone, resolvers) {
		char old[TEXT_ROOM], new[TEXT_ROOM], text[3 * TEXT_ROOM];

		resolvers_print(json_object_get(zones, zone), old);
		resolvers_print(resolvers, new);
		snprintf(text, sizeof(text), *old ? "%s: %s -> %s" : "%s: %s%s", zone, old, new);
		relay_tailnet_plan_change(plan, "dns", *old ? "~" : "+", text);
	}
	json_decref(patch);
	json_decref(zones);
	return patch ? 0 : -1;
}

/* Who answers a zone, as tailscaled was told; NULL: nobody by itself. */
static const struct tailscale_zone *zone_known(const struct tailscale_netmap *netmap, const char *name)
{
	for (size_t i = 0; netmap && i < netmap->zone_count; i++)
		if (strcasecmp(netmap->zones[i].suffix, name) == 0)
			return &netmap->zones[i];
	return NULL;
}

/* `"9929": ["100.64.0.9", "100.64.0.1"]`; false: nothing is missing. */
static bool zone_line(const struct tailscale_zone *known, const char *name, const char *resolver, char line[TEXT_ROOM])
{
	char address[INET6_ADDRSTRLEN];
	int length = snprintf(line, TEXT_ROOM, "      \"%s\": [", name);

	for (size_t i = 0; known && i < known->resolver_count && length < TEXT_ROOM; i++) {
		relay_machine_address_print(&known->resolvers[i], address);
		if (strcmp(address, resolver) == 0)
			return false;
		length += snprintf(line + length, (size_t)(TEXT_ROOM - length), "\"%s\", ", address);
	}
	if (length < TEXT_ROOM)
		snprintf(line + length, (size_t)(TEXT_ROOM - length), "\"%s\"]", resolver);
	return true;
}

/* Where only a file has the zones: the lines for it. */
static void zones_step(const struct tailscale_netmap *netmap, struct relay_tailnet_plan *plan)
{
	json_t *lines = NULL;
	const json_t *resolvers;
	const char *zone;

	json_object_foreach(plan->zones, zone, resolvers) {
		char line[TEXT_ROOM];

		if (!zone_line(zone_known(netmap, zone), zone, json_string_value(json_array_get(resolvers, 0)), line))
			continue;
		if (!lines) {
			lines = relay_tailnet_plan_step(
				plan, "dns",
				"Split DNS is in headscale's config.yaml. Put these lines there, replace existing "
				"lines for these domains, and restart headscale:",
				false);
			json_array_append_new(lines, json_string("dns:"));
			json_array_append_new(lines, json_string("  nameservers:"));
			json_array_append_new(lines, json_string("    split:"));
		}
		json_array_append_new(lines, json_string(line));
	}
}

void relay_tailnet_plan_begin(struct relay_tailnet_plan *plan)
{
	*plan = (struct relay_tailnet_plan){json_array(), json_object(), json_array(), json_array(), false};
}

int relay_tailnet_plan_make(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap,
			    struct relay_tailnet_plan *plan, struct conf_report *report)
{
	const struct conf_settings *settings = tailnet->settings;
	struct tailscale_node_routes routes;
	char text[CONF_PREFIX_TEXT];

	relay_tailnet_plan_begin(plan);
	for (size_t i = 0; i < settings->node.advertised_count; i++)
		json_array_append_new(plan->routes, json_string(conf_prefix_print(&settings->node.advertised[i], text)));
	relay_wanted_zones(settings, zone_gather, &(struct gathering){settings, netmap, plan});
	if (tailnet->control.plane->routes_read(&tailnet->control, &routes, report) != 0)
		return -1;
	routes_diff(&routes, plan);
	offers_step(settings, &routes, plan);
	tailscale_node_routes_clear(&routes);
	if (tailnet->control.plane->zones_read)
		return zones_diff(tailnet, plan, report);
	zones_step(netmap, plan);
	return 0;
}

bool relay_tailnet_plan_is_open(const struct relay_tailnet_plan *plan)
{
	const json_t *step;
	size_t i;

	json_array_foreach(plan->steps, i, step)
		if (!json_is_true(json_object_get(step, "optional")))
			return true;
	return !plan->is_done && json_array_size(plan->changes) > 0;
}

static const char *heading_of(const char *topic)
{
	return strcmp(topic, "routes") == 0 ? "approved routes of this node" :
	       strcmp(topic, "dns") == 0    ? "split DNS" :
					      "policy";
}

void relay_tailnet_plan_print(const struct relay_tailnet_plan *plan)
{
	const char *last = "";
	const json_t *change;
	size_t i;

	json_array_foreach(plan->changes, i, change) {
		const char *topic = json_string_value(json_object_get(change, "topic"));

		if (strcmp(topic, last) != 0)
			relay_print_heading("%s", heading_of(topic));
		last = topic;
		relay_print_change(*json_string_value(json_object_get(change, "change")), "%s",
				   json_string_value(json_object_get(change, "text")));
	}
}

void relay_tailnet_steps_print(const struct relay_tailnet_plan *plan)
{
	const json_t *step, *line;
	size_t i, j;

	json_array_foreach(plan->steps, i, step) {
		relay_print_heading("%s", i == 0 ? "Next steps:" : "");
		printf("%s\n", json_string_value(json_object_get(step, "text")));
		json_array_foreach(json_object_get(step, "lines"), j, line)
			printf("    %s\n", json_string_value(line));
	}
}

void relay_tailnet_plan_clear(struct relay_tailnet_plan *plan)
{
	json_decref(plan->routes);
	json_decref(plan->zones);
	json_decref(plan->changes);
	json_decref(plan->steps);
	*plan = (struct relay_tailnet_plan){0};
}
