// SPDX-License-Identifier: GPL-2.0-or-later
// The JSON object of status, told to a person: a line a part, and the counters that are not zero.
#include "relay/status.h"

#include "relay/say.h"
#include "relay/watch_state.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

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

	relay_say_heading("nat64-relay, settings of %s", text_of(settings, "file"));
	json_array_foreach(json_object_get(settings, "split_domains"), i, domain)
		names_print(i == 0 ? "names" : "", text_of(domain, "split"), text_of(domain, "real"));
	list_print("prefix", json_object_get(settings, "prefixes"));
	if (json_object_get(settings, "twin") != NULL)
		printf("%-11s%s for %s\n", "twin", text_of(json_object_get(settings, "twin"), "prefix"),
		       text_of(json_object_get(settings, "twin"), "of"));
	printf("%-11s%s on %s; overlay %s\n", "pool", text_of(settings, "pool"), text_of(settings, "tun_device"),
	       text_of(settings, "overlay_interface"));
	if (*text_of(settings, "broken") != '\0')
		relay_say_mark(RELAY_MARK_FAIL, "settings: %s; those above are in force: correct it, then: nat64-relay reload", text_of(settings, "broken"));
	else if (json_is_false(json_object_get(settings, "in_force")))
		relay_say_mark(RELAY_MARK_MIND, "settings: the file was edited since: see nat64-relay diff; nat64-relay reload puts it in force");
}

/* A part that is complete or says what is not. */
static void part_print(const char *what, const json_t *part, const char *when_complete)
{
	const json_t *missing = json_object_get(part, "missing");
	const char *error = text_of(part, "error");
	json_t *item;
	size_t i;

	if (json_is_true(json_object_get(part, "complete")))
		relay_say_mark(RELAY_MARK_OK, "%s: %s", what, when_complete);
	else if (*error != '\0')
		relay_say_mark(json_object_get(part, "complete") != NULL ? RELAY_MARK_FAIL : RELAY_MARK_UNKNOWN, "%s: %s", what, error);
	json_array_foreach(missing, i, item)
		relay_say_mark(RELAY_MARK_FAIL, "%s: missing: %s", what, json_string_value(item));
}

static void direction_print(const json_t *counters, const char *member, const char *text)
{
	const json_t *direction = json_object_get(counters, member);

	printf("           %s: %lld packets, %lld bytes\n", text, number_of(direction, "packets"), number_of(direction, "bytes"));
}

static void translator_drops_print(const json_t *drops)
{
	const char *reason;
	json_t *count;

	json_object_foreach((json_t *)(uintptr_t)drops, reason, count)
		if (json_integer_value(count) > 0)
			printf("           dropped: %lld %s\n", (long long)json_integer_value(count), reason);
}

static void offloads_print(const json_t *translator)
{
	const json_t *offloads = json_object_get(translator, "offloads");
	json_t *name;
	size_t i;

	printf("           %lld queues, offloads:", number_of(translator, "queues"));
	json_array_foreach(offloads, i, name)
		printf(" %s", json_string_value(name));
	puts(json_array_size(offloads) == 0 ? " none" : "");
}

static void translator_print(const json_t *translator)
{
	const json_t *counters = json_object_get(translator, "counters");

	if (!json_is_true(json_object_get(translator, "running"))) {
		relay_say_mark(json_is_null(json_object_get(translator, "running")) ? RELAY_MARK_UNKNOWN : RELAY_MARK_FAIL,
			       "translator: %s", text_of(translator, "error"));
		return;
	}
	relay_say_mark(RELAY_MARK_OK, "translator: running; pool addresses in use by clients: %lld of %lld",
		       number_of(translator, "leases"), number_of(translator, "leases_usable"));
	offloads_print(translator);
	direction_print(counters, "translated_6to4", "out, IPv6 to IPv4");
	direction_print(counters, "translated_4to6", "back, IPv4 to IPv6");
	translator_drops_print(json_object_get(counters, "drops"));
}

static void rules_print(const json_t *rules)
{
	const char *name;
	json_t *counter;

	part_print("rules", rules, "table inet nat64-relay is in place");
	json_object_foreach(json_object_get(rules, "counters"), name, counter)
		if (number_of(counter, "packets") > 0)
			printf("           %s: %lld\n", strcmp(name, "masqueraded") == 0 ? "masqueraded connections" : name,
			       number_of(counter, "packets"));
}

static void resolver_print(const json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		bool answers = json_is_true(json_object_get(one, "answers"));

		bool udp = json_is_true(json_object_get(one, "udp"));

		relay_say_mark(udp ? RELAY_MARK_OK : RELAY_MARK_FAIL, "resolver: %s port 53 %s", text_of(one, "address"),
			       udp ? "answers" : answers ? "answers over TCP, and not over UDP: a firewall drops UDP port 53" : "does not answer");
	}
}

static void route_print(const json_t *route, bool is_headscale)
{
	const char *without = is_headscale ? "; this node has not heard whether it is approved" : ", not approved yet";
	bool advertised = json_is_true(json_object_get(route, "advertised"));
	bool approved = json_is_true(json_object_get(route, "approved"));

	relay_say_mark(advertised && approved ? RELAY_MARK_OK : advertised && is_headscale ? RELAY_MARK_UNKNOWN : RELAY_MARK_FAIL,
		       "route %s: %s%s%s", text_of(route, "route"),
		       advertised ? "advertised" : "not advertised", approved ? ", approved" : advertised ? without : "",
		       json_is_true(json_object_get(route, "primary")) ? ", primary" : "");
}

static void tailscale_print(const json_t *tailscale)
{
	json_t *route;
	size_t i;

	if (json_is_null(tailscale)) {
		relay_say_mark(RELAY_MARK_OK, "tailscale: not used (advertise-prefix none)");
		return;
	}
	if (*text_of(tailscale, "error") != '\0')
		relay_say_mark(RELAY_MARK_FAIL, "tailscale: %s", text_of(tailscale, "error"));
	else
		relay_say_mark(strcmp(text_of(tailscale, "state"), "Running") == 0 ? RELAY_MARK_OK : RELAY_MARK_FAIL, "tailscale: %s, %s",
			       text_of(tailscale, "state"), text_of(tailscale, "name"));
	json_array_foreach(json_object_get(tailscale, "routes"), i, route)
		route_print(route, strcmp(text_of(tailscale, "control"), "headscale") == 0);
}

void relay_status_print(const json_t *status)
{
	long long run = number_of(status, "run");

	settings_print(json_object_get(status, "settings"));
	if (run > 0)
		printf("%-11sas nat64-relay, pid %lld\n", "running", run);
	relay_watch_state_print(json_object_get(status, "watch"));
	part_print("kernel", json_object_get(status, "kernel"), "device, routes, policy rules and sysctls are in place");
	rules_print(json_object_get(status, "rules"));
	translator_print(json_object_get(status, "translator"));
	resolver_print(json_object_get(status, "resolver"));
	if (json_array_size(json_object_get(status, "resolver")) > 0)
		relay_status_print_dns(json_object_get(status, "dns"));
	tailscale_print(json_object_get(status, "tailscale"));
}
