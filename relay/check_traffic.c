// SPDX-License-Identifier: GPL-2.0-or-later
// The step of check that looks at packets: an echo request from this node, or a client's own traffic, must be counted by
// the translator and by the masquerade. The masquerade counts connections, not packets: a ping is one.
#include "relay/check.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control.h"
#include "nftables/nftables.h"
#include "relay/clock.h"
#include "relay/echo.h"
#include "relay/runtime.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ECHO_MS = 2000, ECHO_TRIES = 2, LOOK_MS = 250 };

struct snapshot {
	uint64_t out, back;   /* packets translated from 6 to 4, from 4 to 6 */
	uint64_t connections; /* masqueraded */
};

static uint64_t packets_of(const json_t *reply, const char *direction)
{
	return (uint64_t)json_integer_value(json_object_get(json_object_get(json_object_get(reply, "counters"), direction), "packets"));
}

/* -1 with the finding filled in. */
static int snapshot_take(const struct relay_check *check, struct snapshot *snapshot, struct relay_finding *finding)
{
	struct conf_report report = {0};
	struct nftables_counters counters;
	json_t *reply = NULL;
	int result = -1;

	if (!relay_runtime_may_ask(check->settings)) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "only root may ask the translator");
		relay_finding_advise(finding, "sudo nat64-relay check");
	} else if (nat64_control_ask(check->settings->runtime_dir, "counters", &reply, &report) != 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s", report.count > 0 ? report.lines[0] : "the translator does not answer");
		relay_finding_advise(finding, "start the relay: systemctl start nat64-relay, or nat64-relay run");
	} else if (nftables_counters_read(&counters, &report) != 0) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "%s", report.count > 0 ? report.lines[0] : "no counters");
		relay_finding_advise(finding, "run this as root, with the relay up");
	} else {
		*snapshot = (struct snapshot){packets_of(reply, "translated_6to4"), packets_of(reply, "translated_4to6"),
					      counters.of[NFTABLES_MASQUERADED].packets};
		result = 0;
	}
	json_decref(reply);
	conf_report_clear(&report);
	return result;
}

/* The overlay address of this node that a client of the same overlay would have; NULL: leave it to the kernel. */
static const struct in6_addr *source_of(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->edge_address_count; i++)
		if (settings->edge_addresses[i].family == AF_INET6)
			return &settings->edge_addresses[i].v6;
	return NULL;
}

static void difference_judge(const struct snapshot *before, const struct snapshot *after, const char *nothing,
			     struct relay_finding *finding)
{
	unsigned long long out = after->out - before->out, back = after->back - before->back;
	unsigned long long connections = after->connections - before->connections;

	if (out == 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%s", nothing);
		relay_finding_advise(finding, "see the drops in nat64-relay status; on a Linux client: tailscale set --accept-routes");
	} else if (connections == 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%llu packet%s translated, none went out through the masquerade", out,
				  out == 1 ? " was" : "s were");
		relay_finding_advise(finding, "see the drops in nat64-relay status and ip route get TARGET");
	} else if (back == 0) {
		relay_finding_set(finding, RELAY_MARK_FAIL, "%llu packet%s translated and masqueraded, none came back", out,
				  out == 1 ? " was" : "s were");
		relay_finding_advise(finding, "is the target up, and does the tailnet policy let this node reach it?");
	} else {
		relay_finding_set(finding, RELAY_MARK_OK, "packets out: %llu, back: %llu; connections masqueraded: %llu", out, back,
				  connections);
	}
}

/* Watch until traffic both ways was seen, or the time is over. */
static void traffic_await(const struct relay_check *check, const struct snapshot *before, struct relay_finding *finding)
{
	uint64_t end = relay_clock_ms() + check->wait * UINT64_C(1000);
	struct snapshot now = *before;

	fprintf(stderr, "Waiting %u s for traffic. On a client, now: ping %s\n", check->wait, check->name);
	while (relay_clock_ms() < end && (now.out == before->out || now.back == before->back)) {
		poll(NULL, 0, LOOK_MS);
		if (snapshot_take(check, &now, finding) != 0)
			return;
	}
	difference_judge(before, &now, "no packet of a client came to the translator", finding);
}

static void echo_try(const struct relay_check *check, const struct snapshot *before, struct relay_finding *finding)
{
	char target[INET6_ADDRSTRLEN];
	struct snapshot after;
	int took = -1;

	for (int i = 0; i < ECHO_TRIES && took == -1; i++)
		took = relay_echo(&check->target, source_of(check->settings), ECHO_MS);
	if (took == -2) {
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "cannot send an echo request to %s: %s",
				  inet_ntop(AF_INET6, &check->target, target, sizeof(target)), strerror(errno));
		relay_finding_advise(finding, "with a client at hand: nat64-relay check --wait 30 %s", check->name);
		return;
	}
	if (snapshot_take(check, &after, finding) != 0)
		return;
	difference_judge(before, &after, "an echo request from this node did not come to the translator", finding);
	if (took >= 0 && finding->mark == RELAY_MARK_OK)
		snprintf(finding->text + strlen(finding->text), sizeof(finding->text) - strlen(finding->text),
			 "; it answers an echo request of this node in %d ms", took);
}

void relay_check_traffic(struct relay_check *check, struct relay_finding *finding)
{
	struct snapshot before;

	if (snapshot_take(check, &before, finding) != 0)
		return;
	if (check->wait > 0)
		traffic_await(check, &before, finding);
	else if (check->has_target)
		echo_try(check, &before, finding);
	else
		relay_finding_set(finding, RELAY_MARK_UNKNOWN, "without an address for %s there is nothing to send to", check->name);
}
