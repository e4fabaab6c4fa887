// SPDX-License-Identifier: GPL-2.0-or-later
// The steps of check that ask the relay's own resolver: the answer, the leak, the direct name.
#include "relay/check.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "conf/upstream.h"
#include "relay/machine.h"
#include "relay/resolver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 3000, ADDRESSES_MAX = 32 };

/* Ask the first edge address. On failure the finding says so with the mark. */
static int ask(const struct relay_check *check, const char *name, ldns_rr_type type, struct relay_answer *answer,
	       enum relay_mark mark, struct relay_finding *finding)
{
	struct conf_report report = {0};

	if (check->settings->edge_address_count == 0) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "%s names no edge-address, so there is no resolver", check->settings->file);
		return -1;
	}
	if (relay_resolver_ask(&check->settings->edge_addresses[0], name, type, ASK_MS, answer, &report) == 0)
		return 0;
	relay_finding_set(finding, mark, "%s", report.count > 0 ? report.lines[0] : "no answer");
	relay_finding_advise(finding, "see whether the resolver runs: nat64-relay status");
	conf_report_clear(&report);
	return -1;
}

static bool in_a_prefix(const struct conf_settings *settings, const struct in6_addr *address)
{
	for (size_t i = 0; i < settings->prefix_count; i++)
		if (conf_prefix6_contains(&settings->prefixes[i].prefix, address))
			return true;
	return false;
}

static void answer_without_addresses(const struct relay_check *check, const struct relay_answer *answer,
				     struct relay_finding *finding)
{
	const char *code = relay_answer_code(answer);
	char upstream[160] = "";

	if (check->settings->upstream_count > 0)
		conf_upstream_print_dig(&check->settings->upstreams[0], upstream, sizeof(upstream));
	relay_finding_set(finding, RELAY_MARK_FAIL, "%s has no AAAA record (%s)", check->name, code);
	if (strcmp(code, "REFUSED") == 0)
		relay_finding_advise(finding, "this node may not ask: see dns-client in relay.conf(5)");
	else
		relay_finding_advise(finding, "see whether the real name has an IPv4 address: dig %s A %s", upstream, check->real);
}

void relay_check_answer(struct relay_check *check, struct relay_finding *finding)
{
	struct in6_addr addresses[ADDRESSES_MAX];
	char text[INET6_ADDRSTRLEN];
	struct relay_answer answer;
	size_t count;

	if (ask(check, check->name, LDNS_RR_TYPE_AAAA, &answer, RELAY_MARK_FAIL, finding) != 0)
		return;
	count = relay_answer_aaaa(&answer, NULL, addresses, ADDRESSES_MAX);
	if (count == 0) {
		answer_without_addresses(check, &answer, finding);
		goto out;
	}
	check->target = addresses[0];
	check->has_target = true;
	relay_finding_set(finding, RELAY_MARK_OK, "%s is %s", check->name, inet_ntop(AF_INET6, &addresses[0], text, sizeof(text)));
	for (size_t i = 0; i < count && i < ADDRESSES_MAX; i++) {
		if (in_a_prefix(check->settings, &addresses[i]))
			continue;
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s is %s, which is in no prefix of %s", check->name,
				  inet_ntop(AF_INET6, &addresses[i], text, sizeof(text)), check->settings->file);
		relay_finding_advise(finding, "the resolver works with other settings: restart it (systemctl restart nat64-relay)");
		break;
	}
out:
	relay_answer_clear(&answer);
}

/* One question; false ends the search, with the finding filled in. */
static bool question_is_clean(const struct relay_check *check, const char *name, ldns_rr_type type, const char *words,
			      struct relay_finding *finding)
{
	struct relay_answer answer;
	bool shown;

	if (ask(check, name, type, &answer, RELAY_MARK_UNKNOWN, finding) != 0)
		return false;
	shown = relay_answer_shows(&answer, check->real_suffix);
	relay_answer_clear(&answer);
	if (!shown)
		return true;
	relay_finding_set(finding, RELAY_MARK_FAIL, "the answer to %s shows %s", words, check->real_suffix);
	relay_finding_advise(finding, "please report this with the output of: dig %s", words);
	return false;
}

/* The PTR question for the address of the first step; true when there is none. */
static bool reverse_is_clean(const struct relay_check *check, struct relay_finding *finding)
{
	const struct conf_prefix6 target = {check->target, 128};
	char reverse[CONF_REVERSE_TEXT], words[CONF_REVERSE_TEXT + 8];

	if (!check->has_target)
		return true;
	conf_prefix6_print_reverse(&target, reverse);
	snprintf(words, sizeof(words), "PTR %s", reverse);
	return question_is_clean(check, reverse, LDNS_RR_TYPE_PTR, words, finding);
}

void relay_check_leak(struct relay_check *check, struct relay_finding *finding)
{
	static const struct {
		ldns_rr_type type;
		const char *text;
	} types[] = {{LDNS_RR_TYPE_AAAA, "AAAA"}, {LDNS_RR_TYPE_A, "A"},     {LDNS_RR_TYPE_HTTPS, "HTTPS"},
		     {LDNS_RR_TYPE_ANY, "ANY"},   {LDNS_RR_TYPE_TXT, "TXT"}, {LDNS_RR_TYPE_CNAME, "CNAME"}};
	char absent[400];

	if (check->suffix_is_open) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "the split domain itself ends in %s: there is nothing to hide",
				  strcmp(check->real_suffix, ".") == 0 ? "the root" : check->real_suffix);
		return;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char words[400];

		snprintf(words, sizeof(words), "%s %s", types[i].text, check->name);
		if (!question_is_clean(check, check->name, types[i].type, words, finding))
			return;
	}
	snprintf(absent, sizeof(absent), "no-such-host.%s", strchr(check->name, '.') + 1);
	if (!question_is_clean(check, absent, LDNS_RR_TYPE_AAAA, absent, finding) || !reverse_is_clean(check, finding))
		return;
	relay_finding_set(finding, RELAY_MARK_OK, "no answer shows %s (AAAA, A, HTTPS, ANY, TXT, CNAME, PTR, and a name that is not there)",
			  check->real_suffix);
}

/* The real name's AAAA records may not lie in a prefix. */
static void direct_v6(const struct relay_check *check, size_t v4_count, struct relay_finding *finding)
{
	struct in6_addr addresses[ADDRESSES_MAX];
	struct relay_answer answer;
	size_t count;

	if (ask(check, check->real, LDNS_RR_TYPE_AAAA, &answer, RELAY_MARK_FAIL, finding) != 0)
		return;
	relay_finding_set(finding, RELAY_MARK_OK, "it has its own addresses (%zu of IPv4), none in the prefix", v4_count);
	count = relay_answer_aaaa(&answer, NULL, addresses, ADDRESSES_MAX);
	for (size_t i = 0; i < count && i < ADDRESSES_MAX; i++)
		if (in_a_prefix(check->settings, &addresses[i])) {
			relay_finding_set(finding, RELAY_MARK_FAIL, "%s too is answered inside the prefix", check->real);
			relay_finding_advise(finding, "something else synthesizes addresses (DNS64?): see unbound-include-dir");
		}
	relay_answer_clear(&answer);
}

/* A name that is relayed under its own has no other way: an A record would be one. */
static void same_is_closed(struct relay_finding *finding, size_t count)
{
	if (count == 0) {
		relay_finding_set(finding, RELAY_MARK_OK, "it is relayed under its own name, and has no A record that leads around");
		return;
	}
	relay_finding_set(finding, RELAY_MARK_FAIL, "it is relayed under its own name, but has %zu A records too", count);
	relay_finding_advise(finding, "clients may take these and go around the relay: see a-policy in relay.conf(5)");
}

void relay_check_direct(struct relay_check *check, struct relay_finding *finding)
{
	struct relay_answer answer;
	size_t count;

	if (ask(check, check->real, LDNS_RR_TYPE_A, &answer, RELAY_MARK_FAIL, finding) != 0)
		return;
	count = relay_answer_count(&answer, LDNS_RR_TYPE_A);
	if (strcmp(check->name, check->real) == 0) {
		same_is_closed(finding, count);
	} else if (count == 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "the real name has no A record (%s)", relay_answer_code(&answer));
		relay_finding_advise(finding, "is there such a host? Is MagicDNS on, and tailscale's accept-dns?");
	} else {
		direct_v6(check, count, finding);
	}
	relay_answer_clear(&answer);
}
