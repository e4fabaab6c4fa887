/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What detect says: a table of what came back and what each record tells, then the verdict; or the same as JSON. */
#include "relay/detect/detect.h"

#include "conf/special.h"
#include "relay/cli/print.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 40 };

static void row_print(const char *type, const char *answer, const char *meaning)
{
	printf("  %-6s %-*s %s\n", type, CELL, answer, meaning);
}

/* A type without records of the name. */
static void row_print_empty(const char *type, const char *code, const char *meaning)
{
	row_print(type, strcmp(code, "NOERROR") == 0 ? "(none)" : code, meaning);
}

static void a_print(const struct relay_detection *detection)
{
	char text[INET_ADDRSTRLEN];

	if (detection->a_count == 0)
		row_print_empty("A", detection->code_a, "wrong: everywhere it has 192.0.0.170 and 192.0.0.171");
	for (size_t i = 0; i < detection->a_count; i++) {
		bool right = detection->a[i].s_addr == conf_rfc7050_address(0).s_addr ||
			     detection->a[i].s_addr == conf_rfc7050_address(1).s_addr;

		row_print("A", inet_ntop(AF_INET, &detection->a[i], text, sizeof(text)),
			  right ? "right: the same everywhere" : "wrong: this address is invented");
	}
}

/* What a record with well-known addresses tells. */
static void places_print(const struct in6_addr *address, const char *text, enum conf_rfc7050_finding finding)
{
	struct conf_rfc7050_candidate places[CONF_RFC7050_PLACES];
	size_t count = conf_rfc7050_candidates(address, places);
	char inside[INET_ADDRSTRLEN], prefix[CONF_PREFIX_TEXT], meaning[160];
	struct in_addr known;

	for (size_t i = 0; i < count; i++) {
		known = conf_rfc7050_address(places[i].which);
		snprintf(meaning, sizeof(meaning), "%s inside %s%s", inet_ntop(AF_INET, &known, inside, sizeof(inside)),
			 conf_prefix6_print(&places[i].prefix, prefix),
			 finding == CONF_RFC7050_AMBIGUOUS ? ", perhaps: no other record confirms it" :
			 count > 1                         ? ", or at another position: the other records decide" :
							     "");
		row_print(i == 0 ? "AAAA" : "", i == 0 ? text : "", meaning);
	}
}

static void aaaa_print(const struct relay_detection *detection)
{
	char text[INET6_ADDRSTRLEN];

	if (detection->aaaa_count == 0)
		row_print_empty("AAAA", detection->code_aaaa, "no DNS64 adds IPv6 addresses to names that have none");
	for (size_t i = 0; i < detection->aaaa_count; i++) {
		inet_ntop(AF_INET6, &detection->aaaa[i], text, sizeof(text));
		if (conf_special_is_martian6(&detection->aaaa[i]))
			row_print("AAAA", text, "wrong: this is no unicast address");
		else if (detection->findings[i] == CONF_RFC7050_ABSENT)
			row_print("AAAA", text, "wrong: contains neither 192.0.0.170 nor 192.0.0.171");
		else
			places_print(&detection->aaaa[i], text, detection->findings[i]);
	}
}

static const char *wanted_text(const struct relay_detection *detection, const struct relay_detected *found)
{
	if (detection->wanted)
		return found->is_wanted ? "the one of --prefix" : "not the one of --prefix";
	if (detection->settings)
		return found->is_wanted ? "one of this relay's" : "none of this relay's";
	return "";
}

static void probe_print(const struct relay_detection *detection, const struct relay_detected *found)
{
	char through[INET6_ADDRSTRLEN], target[INET_ADDRSTRLEN];

	inet_ntop(AF_INET6, &found->probed, through, sizeof(through));
	inet_ntop(AF_INET, detection->probe, target, sizeof(target));
	if (found->echo_ms >= 0)
		relay_print_mark(RELAY_MARK_OK, "%s answers through it, as %s, after %d ms", target, through,
				 found->echo_ms);
	else if (found->echo_ms == -1)
		relay_print_mark(RELAY_MARK_FAIL, "%s does not answer through it, as %s", target, through);
	else
		relay_print_mark(RELAY_MARK_UNKNOWN, "no echo request to %s: %s", through, strerror(found->echo_errno));
}

static void prefixes_print(const struct relay_detection *detection)
{
	char text[CONF_PREFIX_TEXT];

	printf("This network has DNS64. All of IPv4 is inside %s:\n",
	       detection->prefix_count == 1 ? "this prefix" : "each of these prefixes");
	for (size_t i = 0; i < detection->prefix_count; i++) {
		const struct relay_detected *found = &detection->prefixes[i];

		printf("  %-*s %s\n", CELL + 7, conf_prefix6_print(&found->prefix, text), wanted_text(detection, found));
		if (detection->probe)
			probe_print(detection, found);
	}
}

static void pref64_print(const struct relay_detection *detection)
{
	char text[CONF_PREFIX_TEXT];

	if (!detection->listened)
		puts("Not examined: prefixes in router advertisements (PREF64, RFC 8781); only root can receive them.");
	else if (detection->pref64_count == 0)
		puts("No router of this link advertises a prefix (PREF64, RFC 8781).");
	for (size_t i = 0; i < detection->pref64_count; i++)
		printf("A router of this link advertises %s for %u s (PREF64, RFC 8781).\n",
		       conf_prefix6_print(&detection->pref64[i].prefix, text), detection->pref64[i].lifetime);
}

void relay_detect_print(const struct relay_detection *detection)
{
	relay_print_heading("%s, from %s", CONF_RFC7050_NAME, detection->server.text);
	puts("This name has only IPv4 addresses. A resolver that adds IPv6 addresses is a DNS64, and shows its prefix "
	     "(RFC 7050).\n");
	row_print("type", "answer", "meaning");
	a_print(detection);
	aaaa_print(detection);
	putchar('\n');
	if (detection->prefix_count > 0)
		prefixes_print(detection);
	else if (detection->aaaa_count > 0)
		puts("No prefix: these IPv6 addresses are not those of a DNS64. Is the login page of a hotel or an "
		     "airport in the way?");
	else
		puts("No DNS64 here. This resolver has no NAT64 prefix.");
	if (!relay_detect_a_is_right(detection))
		puts("The A records are wrong, so do not trust the other answers of this resolver either.");
	pref64_print(detection);
}

static json_t *prefix_json(const struct relay_detection *detection, const struct relay_detected *found)
{
	char text[CONF_PREFIX_TEXT], through[INET6_ADDRSTRLEN];
	json_t *object = json_pack("{s:s}", "prefix", conf_prefix6_print(&found->prefix, text));

	if (detection->wanted || detection->settings)
		json_object_set_new(object, "ours", json_boolean(found->is_wanted));
	if (detection->probe)
		json_object_set_new(object, "probe",
				    json_pack("{s:s, s:b}", "address",
					      inet_ntop(AF_INET6, &found->probed, through, sizeof(through)), "answers",
					      found->echo_ms >= 0));
	return object;
}

void relay_detect_print_json(const struct relay_detection *detection, int exit_code)
{
	static const char *const findings[] = {"absent", "ambiguous", "found"};
	json_t *a = json_array(), *aaaa = json_array(), *prefixes = json_array(), *all;
	json_t *pref64 = detection->listened ? json_array() : NULL;
	char text[INET6_ADDRSTRLEN], prefix[CONF_PREFIX_TEXT];

	for (size_t i = 0; i < detection->a_count; i++)
		json_array_append_new(a, json_string(inet_ntop(AF_INET, &detection->a[i], text, sizeof(text))));
	for (size_t i = 0; i < detection->aaaa_count; i++)
		json_array_append_new(aaaa, json_pack("{s:s, s:s}", "address",
						      inet_ntop(AF_INET6, &detection->aaaa[i], text, sizeof(text)),
						      "finding", findings[detection->findings[i]]));
	for (size_t i = 0; i < detection->prefix_count; i++)
		json_array_append_new(prefixes, prefix_json(detection, &detection->prefixes[i]));
	for (size_t i = 0; pref64 && i < detection->pref64_count; i++)
		json_array_append_new(pref64, json_pack("{s:s, s:i}", "prefix",
							conf_prefix6_print(&detection->pref64[i].prefix, prefix),
							"lifetime", (int)detection->pref64[i].lifetime));
	all = json_pack("{s:i, s:s, s:i, s:s, s:o, s:s, s:o, s:o, s:o}", "version", 1, "server", detection->server.text,
			"exit_code", exit_code, "a_rcode", detection->code_a, "a", a, "aaaa_rcode", detection->code_aaaa,
			"aaaa", aaaa, "prefixes", prefixes, "pref64", pref64 ? pref64 : json_null());
	relay_print_json(all);
	json_decref(all);
}
