// SPDX-License-Identifier: GPL-2.0-or-later
// nat64-relay counters and maps: what the translator counts, with the last packet of each kind of drop, and what it translates by.
#include "relay/command.h"
#include "relay/common.h"
#include "relay/cli/quantity.h"
#include "relay/cli/say.h"

#include "conf/settings.h"
#include "nat64/control/control.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>

typedef void answer_print(const json_t *reply);

static long long number_of(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

static const char *text_of(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

/* The same, "" where there is none. */
static const char *word_of(const json_t *object, const char *member)
{
	const char *text = text_of(object, member);

	return text ? text : "";
}

/* Ask one thing, and print the answer as it is or for people. */
static int answer_show(struct relay_session *session, const char *question, bool json, answer_print *print)
{
	json_t *reply;

	if (nat64_control_ask(session->settings->node.runtime_dir, question, &reply, &session->report) != 0)
		return RELAY_EXIT_FAILED;
	if (json) {
		relay_say_json(reply);
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

	printf("%-28s %12lld packets %12s\n", what, number_of(direction, "packets"),
	       relay_quantity_octets((uint64_t)number_of(direction, "bytes"), octets));
}

/* As /etc/protocols has it, NULL when it has not; it calls 0 "ip", but in a packet it is the IPv6 hop-by-hop options. */
static const char *protocol_name(int number)
{
	const struct protoent *protocol = getprotobynumber(number);

	return number == IPPROTO_HOPOPTS ? "hopopt" : protocol != NULL ? protocol->p_name : NULL;
}

/* "last 2026-11-21T10:00:00Z: udp fd00::1 -> fd64::1, 1280 octets" */
static void example_print(const json_t *example)
{
	const char *source = text_of(example, "source"), *destination = text_of(example, "destination");
	const char *protocol = protocol_name((int)number_of(example, "protocol"));

	printf("  last %s: ", word_of(example, "time"));
	if (source == NULL || destination == NULL)
		printf("no IP packet, ");
	else if (protocol != NULL)
		printf("%s %s -> %s, ", protocol, source, destination);
	else
		printf("protocol %lld %s -> %s, ", number_of(example, "protocol"), source, destination);
	printf("%lld octets", number_of(example, "octets"));
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
			relay_say_heading("dropped, or answered with an ICMP error");
		any = true;
		printf("%-28s %12lld", reason, (long long)json_integer_value(count));
		if (example != NULL)
			example_print(example);
		putchar('\n');
	}
	if (!any)
		puts("nothing was dropped");
}

static void counters_print(const json_t *reply)
{
	const json_t *counters = json_object_get(reply, "counters");

	direction_print(counters, "translated_6to4", "out, IPv6 to IPv4");
	direction_print(counters, "translated_4to6", "back, IPv4 to IPv6");
	direction_print(counters, "hairpin", "from client to client");
	printf("%-28s %12lld\n", "echo replies of its own", number_of(counters, "echo_replies"));
	printf("%-28s %12lld\n", "ICMP errors sent", number_of(counters, "icmp_errors"));
	printf("%-28s %12lld of %lld\n", "addresses held by clients", number_of(reply, "leases"), number_of(reply, "leases_usable"));
	printf("%-28s %12lld\n", "taken over from idle ones", number_of(reply, "leases_reassigned"));
	printf("%-28s %12lld\n", "refused, the pool was full", number_of(reply, "leases_refused_full"));
	printf("%-28s %12lld\n", "refused by client-quota", number_of(reply, "leases_refused_site"));
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
	const char *pool = text_of(reply, "pool");
	const json_t *map;
	size_t i;

	json_array_foreach(json_object_get(reply, "maps"), i, map)
		printf("map     %-18s %s\n", word_of(map, "ipv4"), word_of(map, "ipv6"));
	json_array_foreach(json_object_get(reply, "prefixes"), i, map)
		if (json_is_string(map))
			printf("prefix  %-18s %s\n", "0.0.0.0/0", json_string_value(map));
	if (pool == NULL)
		return;
	printf("pool    %-18s clients", pool);
	if (number_of(reply, "client_quota") > 0)
		printf(", %lld at most for each /%lld", number_of(reply, "client_quota"), number_of(reply, "client_prefix_length"));
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
