/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The echo request: with the client's address as its source it comes in by the overlay's interface, as the client's own would (kernel/inject.h), and takes
 * the client's lease. It is a ping, and goes to the target as a ping; the reply ends at the last hook of this machine, so that a client gets
 * none that it did not ask for.
 *
 * Its way is through the translator, or by a twin, of IPv6 or of IPv4; the way tells which of the packets of a journey there are.
 */
#include "relay/trace/trace.h"

#include "conf/json.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/inject.h"
#include "nat64/control/control.h"
#include "nftables/names.h"
#include "nftables/trace.h"
#include "relay/cli/quantity.h"
#include "relay/conflict/firewall.h"
#include "relay/conflict/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { WAIT_MS = 3000, TRIES = 2 };

static json_t *counts_read(const struct relay_trace *trace)
{
	json_t *reply = NULL;

	if (trace->evidence->traffic.translator)
		nat64_control_ask(trace->evidence->settings->node.runtime_dir, "counters", &reply, CONF_REPORT_DISCARD);
	return reply;
}

/* Since when the client has an address of the pool. */
static void lease_visit(void *context, const json_t *entry)
{
	struct relay_trace *trace = context;
	const char *text = json_string_value(json_object_get(entry, "ipv6"));
	char duration[RELAY_QUANTITY_TEXT];
	struct in6_addr address;

	if (text && inet_pton(AF_INET6, text, &address) == 1 &&
	    memcmp(&address, &trace->client.address.v6, sizeof(address)) == 0)
		snprintf(trace->held, sizeof(trace->held), "%s",
			 relay_quantity_duration(conf_json_number(entry, "held"), duration));
}

static void lease_read(struct relay_trace *trace)
{
	if (trace->evidence->traffic.translator && !trace->by_twin)
		nat64_control_walk_clients(trace->evidence->settings->node.runtime_dir, lease_visit, trace,
					   CONF_REPORT_DISCARD);
}

/* One request. False: it could not be sent. */
static bool request_send(struct relay_trace *trace, struct nftables_trace *kernel, int device)
{
	struct relay_packet packet = {.source = trace->client.address,
				      .protocol = trace->by_twin ? IPPROTO_ICMP : IPPROTO_ICMPV6,
				      .mark = kernel->mark};
	uint8_t buffer[RELAY_PACKET_ROOM];
	size_t length;

	relay_trace_target(trace, &packet.destination);
	if (getrandom(&packet.source_port, sizeof(packet.source_port), 0) < 0)
		packet.source_port = (uint16_t)getpid();
	length = relay_packet_build(buffer, &packet);
	nftables_journey_begin(&trace->journey);
	if (write(device, buffer, length) != (ssize_t)length) {
		snprintf(trace->trouble, sizeof(trace->trouble), "%s", strerror(errno));
		return false;
	}
	nftables_journey_follow(kernel, &trace->journey, WAIT_MS);
	return true;
}

/* A request that no reply came to is sent once more: a tailnet may lose the first while it finds its way. */
static void requests_send(struct relay_trace *trace, struct nftables_trace *kernel, int device)
{
	for (unsigned i = 0; i < TRIES && request_send(trace, kernel, device); i++) {
		trace->sent = true;
		for (size_t leg = 0; leg < NFTABLES_LEGS; leg++)
			if (trace->journey.legs[leg].walk.over)
				return;
	}
}

void relay_trace_packet_send(struct relay_trace *trace)
{
	struct nftables_trace kernel = {
		.whole_way = true, .ends_as4 = trace->by_twin, .beginnings = relay_firewall_beginnings};
	struct conf_report report = {0};
	int device = -1;

	if (geteuid() != 0) {
		snprintf(trace->trouble, sizeof(trace->trouble),
			 "only root can send a packet and receive the kernel's trace");
		return;
	}
	lease_read(trace);
	trace->counts.before = counts_read(trace);
	if (nftables_trace_begin(&kernel, &report) == 0) {
		device = kernel_inject_open(trace->evidence->settings->node.overlay_interface, &report);
		if (device >= 0)
			requests_send(trace, &kernel, device);
		nftables_trace_end(&kernel);
	}
	if (device >= 0)
		close(device);
	if (report.count > 0 && report.lines[0])
		snprintf(trace->trouble, sizeof(trace->trouble), "%s", report.lines[0]);
	trace->counts.after = counts_read(trace);
	conf_report_clear(&report);
}

bool relay_trace_is_masqueraded(const struct relay_trace *trace)
{
	const struct nftables_passage *out = relay_trace_passage(trace, RELAY_TRACE_OUT);

	for (size_t i = 0; i < out->decision_count; i++) {
		const struct nftables_obstacle *by = &out->decisions[i].by;

		if ((strcmp(by->table, NFTABLES_TABLE) == 0 || strcmp(by->table, NFTABLES_HOLD) == 0) &&
		    strcmp(by->base, "source-nat") == 0 && by->handle != 0)
			return true;
	}
	return false;
}

void relay_trace_clear(struct relay_trace *trace)
{
	json_decref(trace->counts.before);
	json_decref(trace->counts.after);
}

bool relay_trace_target(const struct relay_trace *trace, struct conf_address *target)
{
	const struct in6_addr *six = relay_evidence_target(trace->evidence);
	const struct relay_reply *four = &trace->evidence->dns.a;

	if (!trace->by_twin && six)
		*target = (struct conf_address){.family = AF_INET6, .v6 = *six};
	for (size_t i = 0; trace->by_twin && i < four->a_count && i < EVIDENCE_ADDRESSES; i++)
		if (conf_prefix4_contains(&trace->evidence->settings->common.twin.twin, four->a[i])) {
			*target = (struct conf_address){.family = AF_INET, .v4 = four->a[i]};
			return true;
		}
	return !trace->by_twin && six;
}

enum nftables_leg relay_trace_leg_of(const struct relay_trace *trace, enum relay_trace_stage stage)
{
	static const enum nftables_leg translated[RELAY_TRACE_STAGES] = {NFTABLES_LEG_REQUEST6, NFTABLES_LEG_REQUEST4,
									 NFTABLES_LEG_REPLY4, NFTABLES_LEG_REPLY6};
	bool back = stage == RELAY_TRACE_IN || stage == RELAY_TRACE_LAST;

	if (trace->by_twin)
		return back ? NFTABLES_LEG_REPLY4 : NFTABLES_LEG_REQUEST4;
	if (relay_evidence_is_by_twin6(trace->evidence))
		return back ? NFTABLES_LEG_REPLY6 : NFTABLES_LEG_REQUEST6;
	return translated[stage];
}

const struct nftables_passage *relay_trace_passage(const struct relay_trace *trace, enum relay_trace_stage stage)
{
	return &trace->journey.legs[relay_trace_leg_of(trace, stage)];
}
