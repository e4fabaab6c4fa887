/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64-relay counters and maps: what the translator counts, with the last packet of each kind of drop, and what it translates by. */
#include "relay/command.h"
#include "conf/json.h"
#include "relay/common.h"
#include "relay/cli/quantity.h"
#include "relay/cli/print.h"

#include "conf/settings.h"
#include "nat64/control/control.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>

typedef void answer_print(const json_t *reply);

/* Ask one thing, and print the answer as it is or for people. */
static int answer_show(struct relay_session *session, const char *question, bool json, answer_print *print)
{
	json_t *reply;

	if (nat64_control_ask(session->settings->node.runtime_dir, question, &reply, &session->report) != 0)
		return RELAY_EXIT_FAILED;
	if (json) {
		relay_print_json(reply);
	} else {
		print(reply);
	}
	json_decref(reply);
	return RELAY_EXIT_OK;
}

static void direction_print(const json_t *counters, const char *member, const char *what)
{
	const json_t *direction = json_object_get(counters, member);
	char octets[RELAY_QUANTITY_TEXT];

	printf("%-28s %12lld packets %12s\n", what, conf_json_number(direction, "packets"),
	       relay_quantity_octets((uint64_t)conf_json_number(direction, "bytes"), octets));
}

/* As /etc/protocols has it, NULL when it has not; it calls 0 "ip", but in a packet it is the IPv6 hop-by-hop options. */
static const char *protocol_name(int number)
{
	const struct protoent *protocol = getprotobynumber(number);

	return number == IPPROTO_HOPOPTS ? "hopopt" : protocol ? protocol->p_name : NULL;
}

/* "last 2026-11-21T10:00:00Z: udp fd00::1 -> fd64::1, 1280 octets" */
static void example_print(const json_t *example)
{
	const char *source = conf_json_text(example, "source"), *destination = conf_json_text(example, "destination");
	const char *protocol = protocol_name((int)conf_json_number(example, "protocol"));

	printf("  last %s: ", conf_json_text(example, "time"));
	if (!*source || !*destination)
		printf("not an IP packet, ");
	else if (protocol)
		printf("%s %s -> %s, ", protocol, source, destination);
	else
		printf("protocol %lld %s -> %s, ", conf_json_number(example, "protocol"), source, destination);
	printf("%lld octets", conf_json_number(example, "octets"));
}

static void drops_print(const json_t *reply)
{
	const json_t *examples = json_object_get(reply, "examples"), *count;
	const char *reason;
	bool any = false;

	json_object_foreach(json_object_get(json_object_get(reply, "counters"), "drops"), reason, count) {
		const json_t *example = json_object_get(examples, reason);

		if (json_integer_value(count) == 0)
			continue;
		if (!any)
			relay_print_heading("dropped, or answered with an ICMP error");
		any = true;
		printf("%-28s %12lld", reason, (long long)json_integer_value(count));
		if (example)
			example_print(example);
		putchar('\n');
	}
	if (!any)
		puts("no packet was dropped");
}

static void counters_print(const json_t *reply)
{
	const json_t *counters = json_object_get(reply, "counters");

	direction_print(counters, "translated_6to4", "out, IPv6 to IPv4");
	direction_print(counters, "translated_4to6", "back, IPv4 to IPv6");
	if (json_object_get(counters, "fast_path_6to4")) { /* not of a nat64d of before it */
		direction_print(counters, "fast_path_6to4", "  out, by the fast path");
		direction_print(counters, "fast_path_4to6", "  back, by the fast path");
	}
	direction_print(counters, "hairpin", "from client to client");
	printf("%-28s %12lld\n", "echo replies of its own", conf_json_number(counters, "echo_replies"));
	printf("%-28s %12lld\n", "ICMP errors sent", conf_json_number(counters, "icmp_errors"));
	printf("%-28s %12lld of %lld\n", "addresses held by clients", conf_json_number(reply, "leases"),
	       conf_json_number(reply, "leases_usable"));
	printf("%-28s %12lld\n", "taken over from idle ones", conf_json_number(reply, "leases_reassigned"));
	printf("%-28s %12lld\n", "refused, pool exhausted", conf_json_number(reply, "leases_refused_full"));
	printf("%-28s %12lld\n", "refused by client-quota", conf_json_number(reply, "leases_refused_site"));
	drops_print(reply);
}

static int counters_show(struct relay_session *session, bool json)
{
	return answer_show(session, "counters", json, counters_print);
}

int relay_counters(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_show(command, config, argc, argv, relay_session_ask, counters_show);
}

static void maps_print(const json_t *reply)
{
	const char *pool = conf_json_text(reply, "pool");
	const json_t *map;
	size_t i;

	json_array_foreach(json_object_get(reply, "maps"), i, map)
		printf("map     %-18s %s\n", conf_json_text(map, "ipv4"), conf_json_text(map, "ipv6"));
	json_array_foreach(json_object_get(reply, "prefixes"), i, map)
		if (json_is_string(map))
			printf("prefix  %-18s %s\n", "0.0.0.0/0", json_string_value(map));
	if (!*pool)
		return;
	printf("pool    %-18s clients", pool);
	if (conf_json_number(reply, "client_quota") > 0)
		printf(", %lld at most for each /%lld", conf_json_number(reply, "client_quota"),
		       conf_json_number(reply, "client_prefix_length"));
	putchar('\n');
}

static int maps_show(struct relay_session *session, bool json)
{
	return answer_show(session, "maps", json, maps_print);
}

int relay_maps(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_show(command, config, argc, argv, relay_session_ask, maps_show);
}
