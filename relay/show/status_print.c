/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON object of status, told to a person: a line a part, and the counters that are not zero. When all is well three lines are
 * enough; what is not well is printed in any case, and everything when it is asked for.
 */
#include "relay/show/status.h"

#include "conf/json.h"
#include "nftables/nftables.h"
#include "relay/cli/print.h"
#include "relay/cli/quantity.h"
#include "relay/host/clock.h"
#include "relay/show/status_view.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* "a, b, c" */
static void list_print(const char *title, const json_t *list)
{
	json_t *item;
	size_t i;

	printf("%-11s", title);
	json_array_foreach(list, i, item)
		printf("%s%s", i > 0 ? ", " : "", json_string_value(item));
	putchar('\n');
}

/* A domain that is its own real suffix keeps its names. */
static void names_print(const char *title, const char *split, const char *real)
{
	if (strcmp(split, real) == 0)
		printf("%-11s%s and names below it, under their own names (same-name relaying)\n", title, split);
	else
		printf("%-11sHOST.%s for HOST.%s\n", title, split, real);
}

static void settings_print(const json_t *settings)
{
	json_t *domain;
	size_t i;

	printf("%-11s%s\n", "settings", conf_json_text(settings, "file"));
	json_array_foreach(json_object_get(settings, "split_domains"), i, domain)
		names_print(i == 0 ? "names" : "", conf_json_text(domain, "split"), conf_json_text(domain, "real"));
	list_print("prefix", json_object_get(settings, "prefixes"));
	if (json_object_get(settings, "twin"))
		printf("%-11s%s for %s\n", "twin", conf_json_text(json_object_get(settings, "twin"), "prefix"),
		       conf_json_text(json_object_get(settings, "twin"), "of"));
	if (json_object_get(settings, "twin6"))
		printf("%-11s%s for %s\n", "twin6", conf_json_text(json_object_get(settings, "twin6"), "prefix"),
		       conf_json_text(json_object_get(settings, "twin6"), "of"));
	printf("%-11s%s on %s; overlay %s\n", "pool", conf_json_text(settings, "pool"),
	       conf_json_text(settings, "tun_device"), conf_json_text(settings, "overlay_interface"));
}

static void settings_judge(struct relay_status_view *view, const json_t *settings)
{
	if (*conf_json_text(settings, "broken") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL,
				  "settings: %s; the settings above are in force: correct the file, then: nat64-relay "
				  "reload",
				  conf_json_text(settings, "broken"));
	else if (json_is_false(json_object_get(settings, "in_force")))
		relay_status_mark(view, RELAY_MARK_WARNING,
				  "settings: the file was edited, and not reloaded: see nat64-relay diff; nat64-relay reload "
				  "applies it");
}

/* A part that is complete or says what is not. */
static void part_print(struct relay_status_view *view, const char *what, const json_t *part, const char *when_complete)
{
	const json_t *missing = json_object_get(part, "missing");
	const char *error = conf_json_text(part, "error");
	json_t *item;
	size_t i;

	if (conf_json_is_true(part, "complete"))
		relay_status_mark(view, RELAY_MARK_OK, "%s: %s", what, when_complete);
	else if (*error != '\0')
		relay_status_mark(view, json_object_get(part, "complete") ? RELAY_MARK_FAIL : RELAY_MARK_UNKNOWN,
				  "%s: %s", what, error);
	json_array_foreach(missing, i, item)
		relay_status_mark(view, RELAY_MARK_FAIL, "%s: missing: %s", what, json_string_value(item));
}

static void direction_print(const struct relay_status_view *view, const json_t *counters, const char *member,
			    const char *text)
{
	const json_t *direction = json_object_get(counters, member);

	relay_status_detail(view, "           %s: %lld packets, %lld bytes", text,
			    conf_json_number(direction, "packets"), conf_json_number(direction, "bytes"));
}

static void translator_drops_print(const struct relay_status_view *view, const json_t *drops)
{
	const char *reason;
	json_t *count;

	json_object_foreach((json_t *)(uintptr_t)drops, reason, count)
		if (json_integer_value(count) > 0)
			relay_status_detail(view, "           dropped: %lld %s", (long long)json_integer_value(count),
					    reason);
}

static void offloads_print(const json_t *translator)
{
	const json_t *offloads = json_object_get(translator, "offloads");
	json_t *name;
	size_t i;

	printf("           %lld queues, offloads:", conf_json_number(translator, "queues"));
	json_array_foreach(offloads, i, name)
		printf(" %s", json_string_value(name));
	puts(json_array_size(offloads) == 0 ? " none" : "");
}

/* Whether there is a fast path, and the packets that took it. A nat64d of before it tells nothing. */
static void fast_path_print(const struct relay_status_view *view, const json_t *translator)
{
	const json_t *counters = json_object_get(translator, "counters");
	const char *state = conf_json_text(translator, "fast_path");

	if (*state == '\0')
		return;
	relay_status_detail(view, "           %s%s", strcmp(state, "on") == 0 ? "fast path: " : "no fast path: ", state);
	direction_print(view, counters, "fast_path_6to4", "out, by the fast path");
	direction_print(view, counters, "fast_path_4to6", "back, by the fast path");
}

static void translator_print(struct relay_status_view *view, const json_t *translator)
{
	const json_t *counters = json_object_get(translator, "counters");

	if (!conf_json_is_true(translator, "running")) {
		relay_status_mark(
			view, json_is_null(json_object_get(translator, "running")) ? RELAY_MARK_UNKNOWN : RELAY_MARK_FAIL,
			"translator: %s", conf_json_text(translator, "error"));
		return;
	}
	relay_status_mark(view, RELAY_MARK_OK, "translator: running; pool addresses in use by clients: %lld of %lld",
			  conf_json_number(translator, "leases"), conf_json_number(translator, "leases_usable"));
	if (view->depth == RELAY_STATUS_WHOLE)
		offloads_print(translator);
	direction_print(view, counters, "translated_6to4", "out, IPv6 to IPv4");
	direction_print(view, counters, "translated_4to6", "back, IPv4 to IPv6");
	fast_path_print(view, translator);
	translator_drops_print(view, json_object_get(counters, "drops"));
}

static void rules_print(struct relay_status_view *view, const json_t *rules)
{
	const char *name;
	json_t *counter;

	if (conf_json_is_true(rules, "held"))
		relay_status_mark(view, RELAY_MARK_WARNING,
				  "rules: %s; the table inet nat64-relay-hold replaces them: nat64-relay reload "
				  "restores them",
				  conf_json_text(rules, "error"));
	else
		part_print(view, "rules", rules, "table inet nat64-relay is in place");
	json_object_foreach(json_object_get(rules, "counters"), name, counter)
		if (conf_json_number(counter, "packets") > 0)
			relay_status_detail(view, "           %s: %lld",
					    strcmp(name, "masqueraded") == 0 ? "masqueraded connections" : name,
					    conf_json_number(counter, "packets"));
}

static void resolver_print(struct relay_status_view *view, const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		bool answers = conf_json_is_true(one, "answers");

		bool udp = conf_json_is_true(one, "udp");

		relay_status_mark(view, udp ? RELAY_MARK_OK : RELAY_MARK_FAIL, "resolver: %s port 53 %s",
				  conf_json_text(one, "address"),
				  udp     ? "answers" :
				  answers ? "answers over TCP, but not over UDP: a firewall drops UDP port 53" :
					    "does not answer");
	}
}

static void unbound_print(struct relay_status_view *view, const json_t *unbound)
{
	const char *newer = conf_json_text(unbound, "newer");
	long long days = conf_json_number(unbound, "days");

	if (!json_is_object(unbound))
		return;
	relay_status_mark(view, *newer == '\0' ? RELAY_MARK_OK : RELAY_MARK_WARNING,
			  "Unbound %s, built %s, %lld day%s ago%s%s", conf_json_text(unbound, "version"),
			  conf_json_text(unbound, "built"), days, days == 1 ? "" : "s",
			  *newer == '\0'                                   ? "" :
			  conf_json_is_true(unbound, "newer_is_installed") ? "; this machine has installed " :
									     "; the distribution has ",
			  newer);
}

static void route_print(struct relay_status_view *view, const json_t *route, bool is_headscale)
{
	const char *without = !is_headscale ? ", not approved yet" :
			      json_is_false(json_object_get(route, "approved")) ?
					      "; not approved, or no grant of the policy names it" :
					      "; this node does not know whether it is approved";
	bool advertised = conf_json_is_true(route, "advertised");
	bool approved = conf_json_is_true(route, "approved");
	const char *primary = conf_json_text(route, "primary_node");

	relay_status_mark(view,
			  advertised && approved     ? RELAY_MARK_OK :
			  advertised && is_headscale ? RELAY_MARK_UNKNOWN :
						       RELAY_MARK_FAIL,
			  "route %s: %s%s%s%s", conf_json_text(route, "route"),
			  advertised ? "advertised" : "not advertised",
			  approved   ? ", approved" :
			  advertised ? without :
				       "",
			  *primary != '\0' ? "; peers send to " : "", primary);
}

static void tailscale_print(struct relay_status_view *view, const json_t *tailscale)
{
	json_t *route, *complaint;
	size_t i;

	if (json_is_null(tailscale)) {
		relay_status_mark(view, RELAY_MARK_OK, "tailscale: not used (advertise-prefix none)");
		return;
	}
	if (*conf_json_text(tailscale, "error") != '\0')
		relay_status_mark(view, RELAY_MARK_FAIL, "tailscale: %s", conf_json_text(tailscale, "error"));
	else
		relay_status_mark(
			view, strcmp(conf_json_text(tailscale, "state"), "Running") == 0 ? RELAY_MARK_OK : RELAY_MARK_FAIL,
			"tailscale: %s, %s", conf_json_text(tailscale, "state"), conf_json_text(tailscale, "name"));
	json_array_foreach(json_object_get(tailscale, "health"), i, complaint)
		relay_status_mark(view, RELAY_MARK_WARNING, "tailscaled says: %s", json_string_value(complaint));
	json_array_foreach(json_object_get(tailscale, "routes"), i, route)
		route_print(view, route, strcmp(conf_json_text(tailscale, "control"), "headscale") == 0);
}

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

static void watch_print(struct relay_status_view *view, const json_t *state)
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

/* Where it is not served; the relay itself works without. */
static void page_print(struct relay_status_view *view, const json_t *taken)
{
	json_t *one;
	size_t i;

	json_array_foreach(taken, i, one)
		relay_status_mark(view, RELAY_MARK_WARNING,
				  "page: not served on %s port %d: %s (pid %d) listens there; the page is served once it ends",
				  conf_json_text(one, "address"), (int)conf_json_number(one, "port"),
				  conf_json_text(one, "program"), (int)conf_json_number(one, "pid"));
}

/* All that is judged, in the order of the whole. */
static void parts_judge(struct relay_status_view *view, const json_t *status)
{
	settings_judge(view, json_object_get(status, "settings"));
	watch_print(view, json_object_get(status, "watch"));
	part_print(view, "kernel", json_object_get(status, "kernel"),
		   "device, routes, policy rules and sysctls are in place");
	rules_print(view, json_object_get(status, "rules"));
	translator_print(view, json_object_get(status, "translator"));
	resolver_print(view, json_object_get(status, "resolver"));
	unbound_print(view, json_object_get(status, "unbound"));
	if (view->depth == RELAY_STATUS_WHOLE && json_array_size(json_object_get(status, "resolver")) > 0)
		relay_status_print_dns(json_object_get(status, "dns"));
	tailscale_print(view, json_object_get(status, "tailscale"));
	page_print(view, json_object_get(status, "page"));
}

bool relay_status_is_down(const json_t *status)
{
	const json_t *translator = json_object_get(status, "translator");

	return json_is_null(json_object_get(json_object_get(status, "settings"), "in_force")) &&
	       conf_json_number(status, "run") == 0 && json_is_false(json_object_get(translator, "running"));
}

static void traffic_print(const json_t *status)
{
	const json_t *traffic = json_object_get(status, "traffic"), *translator = json_object_get(status, "translator");
	char out[RELAY_QUANTITY_TEXT], back[RELAY_QUANTITY_TEXT];
	long long clients = conf_json_number(traffic, "clients");

	if (!json_is_object(traffic))
		return;
	printf("%-11s%s out, %s back; %lld client%s in the last minute, %lld of %lld pool addresses in use\n", "now",
	       relay_quantity_rate((uint64_t)conf_json_number(traffic, "out_bits_per_second"), out),
	       relay_quantity_rate((uint64_t)conf_json_number(traffic, "back_bits_per_second"), back), clients,
	       clients == 1 ? "" : "s", conf_json_number(translator, "leases"),
	       conf_json_number(translator, "leases_usable"));
}

bool relay_status_works(const json_t *status, char verdict[RELAY_STATUS_VERDICT])
{
	struct relay_status_view view = {.depth = RELAY_STATUS_SILENT};

	if (relay_status_is_down(status)) {
		snprintf(verdict, RELAY_STATUS_VERDICT,
			 "The relay is not running: start it with systemctl start nat64-relay, or nat64-relay run");
		return false;
	}
	parts_judge(&view, status);
	if (view.failed == 0)
		snprintf(verdict, RELAY_STATUS_VERDICT, "The relay works.");
	else if (view.failed == 1)
		snprintf(verdict, RELAY_STATUS_VERDICT, "The relay does not work as it should: %s", view.first);
	else
		snprintf(verdict, RELAY_STATUS_VERDICT,
			 "The relay does not work as it should, in %u points; the first: %s", view.failed, view.first);
	return view.failed == 0;
}

json_t *relay_status_lines(const json_t *status)
{
	struct relay_status_view view = {.depth = RELAY_STATUS_SILENT, .lines = json_array()};

	parts_judge(&view, status);
	return view.lines;
}

void relay_status_print(const json_t *status, bool whole)
{
	struct relay_status_view view = {.depth = whole ? RELAY_STATUS_WHOLE : RELAY_STATUS_BRIEF};
	long long run = conf_json_number(status, "run");
	char verdict[RELAY_STATUS_VERDICT];

	relay_status_works(status, verdict);
	relay_print_heading("%s", verdict);
	if (whole)
		settings_print(json_object_get(status, "settings"));
	if (relay_status_is_down(status))
		return;
	if (whole && run > 0)
		printf("%-11sas nat64-relay, pid %lld\n", "running", run);
	traffic_print(status);
	parts_judge(&view, status);
}
