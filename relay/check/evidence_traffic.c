/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets: what translator and masquerade count before and after an echo request of this node, or while a client is waited for; the same
 * for the twin prefix. What goes by the twin6 prefix does not come to the translator: its rule counts that. Masquerade, twin and twin6 count
 * connections, not packets: a ping is one.
 */
#include "relay/check/evidence.h"

#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "nftables/nftables.h"
#include "relay/host/clock.h"
#include "relay/ask/echo.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { ECHO_MS = 2000, ECHO_TRIES = 2, LOOK_MS = 250 };

static uint64_t packets_of(const json_t *reply, const char *direction)
{
	return (uint64_t)conf_json_number(json_object_get(json_object_get(reply, "counters"), direction), "packets");
}

/* False: translator or counters do not answer, and trouble says why. */
static bool snapshot_read(struct relay_evidence *evidence, struct relay_traffic_snapshot *snapshot)
{
	struct relay_traffic_evidence *traffic = &evidence->traffic;
	struct conf_report report = {0};
	struct nftables_counters counters;
	json_auto_t *reply = NULL;

	*snapshot = (struct relay_traffic_snapshot){0};
	traffic->translator = nat64_control_ask(evidence->settings->node.runtime_dir, "counters", &reply, &report) == 0;
	traffic->counters = nftables_counters_read(&counters, &report) == 0;
	if (traffic->translator) {
		snapshot->out = packets_of(reply, "translated_6to4");
		snapshot->back = packets_of(reply, "translated_4to6");
	}
	if (traffic->counters) {
		snapshot->connections = counters.of[NFTABLES_MASQUERADED].packets;
		snapshot->twin = counters.of[NFTABLES_TWIN_MOVED].packets;
		snapshot->twin6 = counters.of[NFTABLES_TWIN6_MOVED].packets;
	}
	if (report.count > 0 && report.lines[0])
		snprintf(traffic->trouble, sizeof(traffic->trouble), "%s", report.lines[0]);
	conf_report_clear(&report);
	return traffic->translator && traffic->counters;
}

/* The client that used the translator last. */
static void client_visit(void *context, const json_t *client)
{
	struct relay_evidence *evidence = context;
	struct relay_traffic_evidence *traffic = &evidence->traffic;
	const char *address = json_string_value(json_object_get(client, "ipv6"));
	long long idle = conf_json_number(client, "idle");
	bool is_own = !address;
	char own[INET6_ADDRSTRLEN];

	for (size_t i = 0; !is_own && i < evidence->settings->dns.edge_address_count; i++)
		is_own = strcmp(address, relay_machine_address_print(&evidence->settings->dns.edge_addresses[i], own)) == 0;
	if (is_own || (traffic->client_seen >= 0 && idle >= traffic->client_seen))
		return;
	traffic->client_seen = idle;
	snprintf(traffic->client, sizeof(traffic->client), "%s", address);
}

static void clients_read(struct relay_evidence *evidence)
{
	evidence->traffic.client_seen = -1;
	nat64_control_walk_clients(evidence->settings->node.runtime_dir, client_visit, evidence, CONF_REPORT_DISCARD);
}

/* The prefixes that the translator has, which may not be those of the file. */
static void prefixes_read(struct relay_evidence *evidence)
{
	struct relay_traffic_evidence *traffic = &evidence->traffic;
	json_t *reply = NULL, *one;
	size_t i;

	if (nat64_control_ask(evidence->settings->node.runtime_dir, "maps", &reply, CONF_REPORT_DISCARD) == 0)
		traffic->prefixes_known = json_is_array(json_object_get(reply, "prefixes"));
	json_array_foreach(json_object_get(reply, "prefixes"), i, one) {
		const char *text = json_string_value(json_is_object(one) ? json_object_get(one, "prefix") : one);

		if (text && traffic->prefix_count < EVIDENCE_ADDRESSES &&
		    conf_prefix6_parse(text, &traffic->prefixes[traffic->prefix_count]) == 0)
			traffic->prefix_count++;
	}
	json_decref(reply);
}

/* The overlay address of this node that a client of the same overlay would have; NULL: leave it to the kernel. */
static const struct in6_addr *source_of(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (settings->dns.edge_addresses[i].family == AF_INET6)
			return &settings->dns.edge_addresses[i].v6;
	return NULL;
}

/* Has traffic of a client been seen, both ways where the translator counts them? */
static bool client_is_seen(const struct relay_evidence *evidence)
{
	const struct relay_traffic_snapshot *before = &evidence->traffic.before, *after = &evidence->traffic.after;

	return relay_evidence_is_by_twin6(evidence) ? after->twin6 > before->twin6 :
						      after->out > before->out && after->back > before->back;
}

/* Watch until traffic was seen, or the time is over. */
static void client_await(struct relay_evidence *evidence)
{
	struct relay_traffic_evidence *traffic = &evidence->traffic;
	uint64_t end = relay_clock_ms() + evidence->wait * UINT64_C(1000);

	fprintf(stderr, "Waiting %u s for traffic. On a client, now: ping %s\n", evidence->wait, evidence->name);
	traffic->waited = true;
	while (relay_clock_ms() < end && !client_is_seen(evidence)) {
		poll(NULL, 0, LOOK_MS);
		if (!snapshot_read(evidence, &traffic->after))
			return;
	}
}

static void echo_send(struct relay_evidence *evidence, const struct in6_addr *target)
{
	struct relay_traffic_evidence *traffic = &evidence->traffic;

	traffic->took = -1;
	for (int i = 0; i < ECHO_TRIES && traffic->took == -1; i++)
		traffic->took = relay_echo(target, source_of(evidence->settings), ECHO_MS);
	traffic->send_errno = traffic->took == -2 ? errno : 0;
	traffic->sent = traffic->took != -2;
	snapshot_read(evidence, &traffic->after);
}

static void twin_send(struct relay_evidence *evidence)
{
	struct relay_traffic_evidence *traffic = &evidence->traffic;
	const struct relay_reply *reply = &evidence->dns.a;

	if (!evidence->settings->common.has_twin || reply->a_count == 0 ||
	    !conf_prefix4_contains(&evidence->settings->common.twin.twin, reply->a[0]))
		return;
	traffic->twin_took = -1;
	if (!snapshot_read(evidence, &traffic->twin_before))
		return;
	for (int i = 0; i < ECHO_TRIES && traffic->twin_took == -1; i++)
		traffic->twin_took = relay_echo4(reply->a[0], ECHO_MS);
	traffic->twin_sent = traffic->twin_took != -2;
	snapshot_read(evidence, &traffic->twin_after);
}

bool relay_evidence_translator(struct relay_evidence *evidence)
{
	struct relay_traffic_evidence *traffic = &evidence->traffic;

	traffic->client_seen = -1;
	traffic->may_ask = relay_runtime_may_ask(evidence->settings);
	if (!traffic->may_ask || !snapshot_read(evidence, &traffic->before))
		return false;
	traffic->after = traffic->before;
	prefixes_read(evidence);
	return true;
}

void relay_evidence_traffic(struct relay_evidence *evidence)
{
	const struct in6_addr *target = relay_evidence_target(evidence);

	if (!relay_evidence_translator(evidence))
		return;
	if (evidence->wait > 0)
		client_await(evidence);
	else if (target)
		echo_send(evidence, target);
	twin_send(evidence);
	clients_read(evidence);
}
