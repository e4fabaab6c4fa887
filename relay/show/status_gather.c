/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What status knows, gathered: settings, kernel state, rules, translator, resolver, Tailscale. */
#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/filter.h"
#include "kernel/state.h"
#include "module/counter_file.h"
#include "nat64/control/control.h"
#include "nftables/nftables.h"
#include "relay/apply/active.h"
#include "relay/ask/resolver.h"
#include "relay/ask/tailnet.h"
#include "relay/ask/watch_state.h"
#include "relay/check/judge_tailnet.h"
#include "relay/host/clock.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"
#include "relay/show/page_taken.h"
#include "relay/show/status.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"
#include "unbound/stats.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RESOLVER_MS = 1000, INTERVAL_MS = 500, RECENT_S = 60 };

/* {"error": the first message}, for a part that could not be asked; empties the report. */
static json_t *error_make(struct conf_report *report)
{
	json_t *object = json_pack("{s:s}", "error", report->count > 0 ? report->lines[0] : "not known");

	conf_report_clear(report);
	return object;
}

/* Is what the file says in force? Null: no relay is up. */
static json_t *in_force_gather(const struct conf_settings *settings, bool differs)
{
	struct conf_settings *applied = relay_active_read(settings->node.runtime_dir);
	json_t *answer = !applied ? json_null() : json_boolean(!differs);

	conf_settings_free(applied);
	return answer;
}

static json_t *settings_gather(const struct conf_settings *settings, bool edited, const char *broken)
{
	json_t *object = json_pack("{s:s, s:o, s:s?, s:s, s:s, s:[], s:[], s:[]}", "file", settings->file, "in_force",
				   in_force_gather(settings, edited || broken), "broken", broken, "overlay_interface",
				   settings->node.overlay_interface, "tun_device", settings->translation.tun_device,
				   "split_domains", "prefixes", "edge_addresses");
	char text[CONF_PREFIX_TEXT], real[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < settings->dns.split_domain_count; i++)
		json_array_append_new(json_object_get(object, "split_domains"),
				      json_pack("{s:s, s:s}", "split", settings->dns.split_domains[i].split, "real",
						settings->dns.split_domains[i].real));
	for (size_t i = 0; i < settings->common.prefix_count; i++)
		json_array_append_new(json_object_get(object, "prefixes"),
				      json_string(conf_prefix6_print(&settings->common.prefixes[i].prefix, text)));
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		json_array_append_new(json_object_get(object, "edge_addresses"),
				      json_string(relay_machine_address_print(&settings->dns.edge_addresses[i], text)));
	if (settings->common.has_twin)
		json_object_set_new(object, "twin",
				    json_pack("{s:s, s:s}", "prefix", conf_prefix4_print(&settings->common.twin.twin, text),
					      "of", conf_prefix4_print(&settings->common.twin.real, real)));
	if (settings->common.has_twin6)
		json_object_set_new(object, "twin6",
				    json_pack("{s:s, s:s}", "prefix", conf_prefix6_print(&settings->common.twin6.twin, text),
					      "of", conf_prefix6_print(&settings->common.twin6.real, real)));
	if (settings->translation.has_dynamic_pool)
		json_object_set_new(object, "pool",
				    json_string(conf_prefix4_print(&settings->translation.dynamic_pool, text)));
	return object;
}

struct kernel_lists {
	json_t *present, *missing;
};

static void item_gather(void *context, const char *what, enum kernel_item_state state)
{
	const struct kernel_lists *lists = context;

	json_array_append_new(state == KERNEL_ITEM_MISSING ? lists->missing : lists->present, json_string(what));
}

static json_t *kernel_gather(const struct conf_settings *settings)
{
	struct kernel_lists lists = {json_array(), json_array()};
	struct conf_report report = {0};
	int missing = kernel_state_compare(settings, item_gather, &lists, &report);
	json_t *object = json_pack("{s:b, s:o, s:o}", "complete", missing == 0, "present", lists.present, "missing",
				   lists.missing);

	if (missing < 0)
		json_object_update_new(object, error_make(&report));
	conf_report_clear(&report);
	return object;
}

static json_t *rules_gather(const struct conf_settings *settings)
{
	struct conf_report report = {0};
	struct nftables_counters counters;
	int differs = nftables_compare(settings, &report);
	json_t *object, *list;

	if (differs < 0)
		return error_make(&report);
	object = json_pack("{s:b}", "complete", differs == 0);
	if (differs == 1) {
		json_object_update_new(object, error_make(&report));
		json_object_set_new(object, "held", json_boolean(nftables_hold_compare(settings) == 0));
	}
	if (nftables_counters_read(&counters, &report) == 0) {
		json_object_set_new(object, "counters", list = json_object());
		for (enum nftables_counter i = 0; i < NFTABLES_COUNTERS; i++)
			json_object_set_new(list, nftables_counter_name(i),
					    json_pack("{s:I, s:I}", "packets", (json_int_t)counters.of[i].packets,
						      "bytes", (json_int_t)counters.of[i].bytes));
	}
	conf_report_clear(&report);
	return object;
}

/* nat64d has no right to see that somebody has taken its program off the device. */
static void fast_path_verify(const struct conf_settings *settings, json_t *translator)
{
	const char *device = settings->translation.tun_device;

	if (strcmp(conf_json_text(translator, "fast_path"), "on") == 0 &&
	    kernel_filter_find((int)if_nametoindex(device), CONF_REPORT_DISCARD) == 0)
		json_object_set_new(
			translator, "fast_path",
			json_sprintf("another program has removed it from the egress of %s; restart nat64d", device));
}

/* nat64d's own words, and whether it runs: null when this user may not ask it. */
static json_t *translator_gather(const struct conf_settings *settings)
{
	struct conf_report report = {0};
	json_t *reply = NULL, *info = NULL;
	json_t *object = json_object();

	if (nat64_control_ask(settings->node.runtime_dir, "counters", &reply, &report) != 0) {
		json_object_update_new(object, error_make(&report));
	} else {
		json_object_update(object, reply);
		if (nat64_control_ask(settings->node.runtime_dir, "info", &info, &report) == 0)
			json_object_update_missing(object, info);
		fast_path_verify(settings, object);
	}
	json_object_set_new(object, "running", relay_runtime_may_ask(settings) ? json_boolean(reply != NULL) : json_null());
	json_decref(reply);
	json_decref(info);
	conf_report_clear(&report);
	return object;
}

static json_t *resolver_gather(const struct conf_settings *settings)
{
	json_t *list = json_array();
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < settings->dns.edge_address_count; i++) {
		enum relay_resolver_life life = relay_resolver_life(&settings->dns.edge_addresses[i], RESOLVER_MS);

		json_array_append_new(
			list, json_pack("{s:s, s:b, s:b}", "address",
					relay_machine_address_print(&settings->dns.edge_addresses[i], text), "answers",
					life != RELAY_RESOLVER_SILENT, "udp", life == RELAY_RESOLVER_ALIVE));
	}
	return list;
}

/* headscale does not tell a node of its own approval, nor of its end; but its packet filter names a prefix only while it is approved. netmap: NULL
 * where the control plane tells. Null: not seen. */
static json_t *approved_gather(const struct tailscale_status *status, const struct tailscale_netmap *netmap,
			       const struct conf_prefix *prefix)
{
	enum relay_permission permission;

	if (!netmap)
		return json_boolean(tailscale_status_is_approved(status, prefix));
	permission = relay_judge_permission(netmap, prefix, IPPROTO_TCP, -1);
	return permission == RELAY_PERMIT_ANY ? json_null() : json_boolean(permission == RELAY_PERMIT_NAMED);
}

/*
 * The name of the node that peers send this route to. This node is a peer of every other, so that what its netmap says of them is true; what it is told of
 * itself may be old, or nothing (headscale): then it is this node when it offers the route, the route is approved, and no other node has it. Null: not known.
 */
static json_t *primary_gather(const struct tailscale_status *status, const struct tailscale_netmap *netmap,
			      const struct conf_prefix *prefix, bool works)
{
	const struct tailscale_node *other = netmap ? tailscale_netmap_primary(netmap, prefix) : NULL;

	if (other)
		return json_string(other->name ? other->name : "");
	return works ? json_string(status->dns_name) : json_null();
}

/* netmap: NULL where there is none. */
static json_t *route_gather(const struct tailscale_status *status, const struct tailscale_prefs *prefs,
			    const struct tailscale_netmap *netmap, const struct conf_prefix *prefix)
{
	bool headscale = relay_tailnet_is_headscale(prefs), advertised;
	json_t *approved = approved_gather(status, headscale ? netmap : NULL, prefix);
	char text[CONF_PREFIX_TEXT];

	conf_prefix_print(prefix, text);
	advertised = tailscale_list_contains(&prefs->advertise_routes, text);
	return json_pack("{s:s, s:b, s:o, s:o, s:o}", "route", text, "advertised", advertised, "approved", approved,
			 "primary", headscale ? json_null() : json_boolean(tailscale_status_is_primary(status, prefix)),
			 "primary_node", primary_gather(status, netmap, prefix, advertised && json_is_true(approved)));
}

static void routes_gather(const struct conf_settings *settings, const struct tailscale_status *status,
			  const struct tailscale_prefs *prefs, json_t *routes)
{
	struct tailscale_netmap netmap;
	bool has_netmap = tailscale_netmap_read(settings->node.tailscale_socket, &netmap, CONF_REPORT_DISCARD) == 0;

	for (size_t i = 0; i < settings->node.advertised_count; i++)
		json_array_append_new(routes, route_gather(status, prefs, has_netmap ? &netmap : NULL,
							   &settings->node.advertised[i]));
	if (has_netmap)
		tailscale_netmap_clear(&netmap);
}

static json_t *tailscale_gather(const struct conf_settings *settings)
{
	struct conf_report report = {0};
	struct tailscale_status status;
	struct tailscale_prefs prefs;
	json_t *object, *routes, *health;

	if (settings->node.advertise_none)
		return json_null();
	if (tailscale_status_read(settings->node.tailscale_socket, &status, &report) != 0)
		return error_make(&report);
	object = json_pack("{s:s, s:s, s:s, s:o, s:o}", "state", status.backend_state, "version", status.version,
			   "name", status.dns_name, "health", health = json_array(), "routes", routes = json_array());
	for (size_t i = 0; i < status.health.count; i++)
		if (!strstr(status.health.items[i], "accept-routes")) /* a relay need not */
			json_array_append_new(health, json_string(status.health.items[i]));
	if (tailscale_prefs_read(settings->node.tailscale_socket, &prefs, &report) == 0) {
		json_object_set_new(object, "control",
				    json_string(relay_tailnet_is_headscale(&prefs) ? "headscale" : "tailscale"));
		routes_gather(settings, &status, &prefs, routes);
		tailscale_prefs_clear(&prefs);
	} else {
		json_object_update_new(object, error_make(&report));
	}
	tailscale_status_clear(&status);
	return object;
}

/* The labels of a row, " LABEL=VALUE LABEL=VALUE", as an object; changes the text. */
static json_t *labels_parse(char *text)
{
	json_t *object = json_object();
	char *next;

	for (char *label = strtok_r(text, " ", &next); label; label = strtok_r(NULL, " ", &next)) {
		char *value = strchr(label, '=');

		*value++ = '\0'; /* splitdns_counter_file_read() has seen to it that there is one */
		json_object_set_new(object, label, json_string(value));
	}
	return object;
}

static void row_add(json_t *families, const char *name, uint64_t value)
{
	char *copy = strdup(name);
	char *labels = copy ? strchr(copy, ' ') : NULL;
	json_t *count = json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value), *list, *element;

	if (!labels) {
		json_object_set_new(families, name, count);
		free(copy);
		return;
	}
	*labels++ = '\0';
	list = json_object_get(families, copy);
	if (!json_is_array(list))
		json_object_set_new(families, copy, list = json_array());
	json_array_append_new(list, element = labels_parse(labels));
	json_object_set_new(element, "count", count);
	free(copy);
}

static json_t *module_gather(const struct conf_settings *settings)
{
	char *path = relay_runtime_path(settings, COUNTER_FILE_NAME);
	struct conf_report report = {0};
	struct counter_rows rows;
	json_t *families;

	if (settings->dns.split_domain_count == 0) { /* then the module has no questions to count */
		free(path);
		return json_null();
	}
	if (!path || splitdns_counter_file_read(path, &rows, &report) != 0) {
		free(path);
		return error_make(&report);
	}
	families = json_object();
	for (size_t i = 0; i < rows.count; i++)
		row_add(families, rows.names[i], rows.file->values[i]);
	splitdns_counter_rows_clear(&rows);
	free(path);
	return families;
}

/*
 * The questions: Unbound's own statistics, and the counters of the module, which works on what Unbound's cache has no answer for. A row of the counters
 * "FAMILY LABEL=VALUE" becomes an element {LABEL: VALUE, "count": N} of the list FAMILY; a row without labels becomes a number.
 */
static json_t *dns_gather(const struct conf_settings *settings)
{
	struct conf_report report = {0};
	json_t *unbound = unboundconf_stats_ask(settings, &report);

	if (!unbound)
		unbound = error_make(&report);
	conf_report_clear(&report);
	return json_pack("{s:o, s:o}", "unbound", unbound, "module", module_gather(settings));
}

json_t *relay_status_gather(const struct conf_settings *settings, bool edited, const char *broken)
{
	return json_pack("{s:i, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", 1, "settings",
			 settings_gather(settings, edited, broken), "run", (int)relay_runtime_holder(settings), "watch",
			 relay_watch_state_read(settings), "kernel", kernel_gather(settings), "rules",
			 rules_gather(settings), "translator", translator_gather(settings), "resolver",
			 resolver_gather(settings), "dns", dns_gather(settings), "tailscale",
			 tailscale_gather(settings), "page", relay_page_taken(settings));
}

static json_int_t bytes_of(const json_t *reply, const char *direction)
{
	return conf_json_number(json_object_get(json_object_get(reply, "counters"), direction), "bytes");
}

struct relay_traffic relay_traffic_read(const struct conf_settings *settings)
{
	struct relay_traffic traffic = {.time = 0};
	json_auto_t *reply = NULL;

	if (nat64_control_ask(settings->node.runtime_dir, "counters", &reply, CONF_REPORT_DISCARD) == 0)
		traffic = (struct relay_traffic){relay_clock_ms(), bytes_of(reply, "translated_6to4"),
						 bytes_of(reply, "translated_4to6")};
	return traffic;
}

static void client_count(void *context, const json_t *client)
{
	json_int_t *count = context;

	*count += conf_json_number(client, "idle") <= RECENT_S;
}

json_t *relay_traffic_gather(const struct conf_settings *settings, const struct relay_traffic *first)
{
	uint64_t now = relay_clock_ms(), due = first->time + INTERVAL_MS;
	struct relay_traffic last;
	json_int_t clients = 0;
	double seconds;

	if (first->time == 0)
		return json_null();
	if (now < due)
		poll(NULL, 0, (int)(due - now));
	last = relay_traffic_read(settings);
	if (last.time == 0)
		return json_null();
	nat64_control_walk_clients(settings->node.runtime_dir, client_count, &clients, CONF_REPORT_DISCARD);
	seconds = (double)(last.time - first->time) / 1000;
	return json_pack("{s:f, s:I, s:I, s:I}", "seconds", seconds, "out_bits_per_second",
			 (json_int_t)((double)(last.out - first->out) * 8 / seconds), "back_bits_per_second",
			 (json_int_t)((double)(last.back - first->back) * 8 / seconds), "clients", clients);
}
