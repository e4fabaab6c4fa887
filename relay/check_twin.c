// SPDX-License-Identifier: GPL-2.0-or-later
// The step of check that looks at the IPv4 twin, where there is one: the A record, its route, and an echo request of this node,
// which the kernel must move back to the target's own address and masquerade like a client's.
#include "relay/check.h"

#include "conf/policy.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nftables/nftables.h"
#include "relay/echo.h"
#include "relay/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ASK_MS = 3000, ECHO_MS = 2000, ECHO_TRIES = 2 };

/* The first address of the name; false with the finding filled in when it has none in the twin. */
static bool address_find(const struct relay_check *check, struct in_addr *address, struct relay_finding *finding)
{
	const struct conf_settings *settings = check->settings;
	struct conf_report report = {0};
	struct relay_answer answer;
	char text[INET_ADDRSTRLEN];
	size_t count;

	if (settings->edge_address_count == 0 ||
	    relay_resolver_ask(&settings->edge_addresses[0], check->name, LDNS_RR_TYPE_A, ASK_MS, &answer, &report) != 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s", report.count > 0 ? report.lines[0] : "there is no resolver");
		relay_finding_advise(finding, "see whether the resolver runs: nat64-relay status");
		conf_report_clear(&report);
		return false;
	}
	count = relay_answer_a(&answer, NULL, address, 1);
	if (count == 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s has no A record (%s)", check->name, relay_answer_code(&answer));
		relay_finding_advise(finding, "see whether the real name has an address that twin-prefix stands for: relay.conf(5)");
	} else if (!conf_prefix4_contains(&settings->twin.twin, *address)) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s is %s, which is not in the twin prefix", check->name,
				  inet_ntop(AF_INET, address, text, sizeof(text)));
		relay_finding_advise(finding, "the resolver works with other settings: restart it (systemctl restart nat64-relay)");
		count = 0;
	}
	relay_answer_clear(&answer);
	return count > 0;
}

/* Connections that the kernel moved out of the twin so far; false with the finding filled in. */
static bool moved_read(uint64_t *moved, struct relay_finding *finding)
{
	struct conf_report report = {0};
	struct nftables_counters counters;
	bool known = nftables_counters_read(&counters, &report) == 0;

	if (known)
		*moved = counters.of[NFTABLES_TWIN_MOVED].packets;
	else {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "%s", report.count > 0 ? report.lines[0] : "no counters");
		relay_finding_advise(finding, "run this as root, with the relay up");
	}
	conf_report_clear(&report);
	return known;
}

static void echo_judge(struct in_addr address, int took, uint64_t moved, struct relay_finding *finding)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address, text, sizeof(text));
	if (took == -2) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "cannot send an echo request to %s: %s", text, strerror(errno));
	} else if (moved == 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "an echo request to %s was not moved to the target's address", text);
		relay_finding_advise(finding, "is the table inet nat64-relay whole? See nat64-relay status");
	} else if (took < 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "an echo request to %s left for the target, none came back", text);
		relay_finding_advise(finding, "is the target up, and does the tailnet policy let this node reach it?");
	} else {
		relay_finding_set(finding, RELAY_MARK_OK, "%s answers an echo request of this node in %d ms", text, took);
	}
}

static void echo_try(struct in_addr address, struct relay_finding *finding)
{
	uint64_t before, after;
	int took = -1;

	if (!moved_read(&before, finding))
		return;
	for (int i = 0; i < ECHO_TRIES && took == -1; i++)
		took = relay_echo4(address, ECHO_MS);
	if (moved_read(&after, finding))
		echo_judge(address, took, after - before, finding);
}

void relay_check_twin(struct relay_check *check, struct relay_finding *finding)
{
	const struct conf_prefix twin = {.family = AF_INET, .v4 = check->settings->twin.twin};
	struct relay_finding route = {0};
	struct in_addr address;

	if (!address_find(check, &address, finding))
		return;
	echo_try(address, finding);
	if (finding->mark != RELAY_MARK_OK || check->settings->advertise_none)
		return;
	relay_check_route(check->settings, &twin, &route);
	if (route.mark != RELAY_MARK_OK)
		*finding = route;
	else
		snprintf(finding->text + strlen(finding->text), sizeof(finding->text) - strlen(finding->text), "; %.200s", route.text);
}
