/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hops of the packet: what the kernel's trace tells of it. */
#include "relay/trace/hops.h"

#include "conf/json.h"
#include "conf/reach.h"
#include "conf/settings.h"
#include "relay/conflict/firewall.h"
#include "relay/host/machine.h"
#include "relay/trace/trace.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

enum { LIST_ROOM = 300 };

static const struct nftables_passage *leg(const struct relay_trace *trace, enum nftables_leg id)
{
	return &trace->journey.legs[id];
}

/* "twin-prefix" or "twin6-prefix", when the kernel moves the packet by it; NULL: the translator has it. */
static const char *twin_of(const struct relay_trace *trace)
{
	return trace->by_twin ? "twin-prefix" : relay_evidence_is_by_twin6(trace->evidence) ? "twin6-prefix" : NULL;
}

static enum relay_purpose_of_packet purpose_of(const struct relay_trace *trace, enum nftables_leg id)
{
	static const enum relay_purpose_of_packet purposes[] = {INTO_TRANSLATOR, TO_TARGETS, FROM_TARGETS, TO_CLIENTS};

	return twin_of(trace) ? BY_TWIN : purposes[id];
}

/* Is the packet's source allowed? The settings tell it of IPv6; of IPv4, which is used by the twin alone, the chain does. */
static bool is_client(const struct relay_trace *trace, const struct nftables_obstacle *by)
{
	return trace->by_twin ? strcmp(by->chain, "twin-sources") != 0 :
				conf_reach_source6(trace->evidence->settings, &trace->client.address.v6);
}

/* Our own rules drop it, and the settings say why. */
static void own_rule_describe(const struct relay_trace *trace, enum nftables_leg id, struct relay_hop *hop)
{
	const struct nftables_obstacle *by = &leg(trace, id)->walk.obstacle;
	char client[INET6_ADDRSTRLEN];

	relay_machine_address_print(&trace->client.address, client);
	relay_hop_set(hop, RELAY_MARK_FAIL,
		      "the relay's own rules drop the packet (table inet %s, chain %s, handle "
		      "%llu)",
		      by->table, by->chain, (unsigned long long)by->handle);
	if (id == relay_trace_leg_of(trace, RELAY_TRACE_FIRST) && !is_client(trace, by)) {
		relay_hop_set(hop, RELAY_MARK_FAIL,
			      "%s is not a client in the settings: table inet %s, chain %s drops the packet", client,
			      by->table, by->chain);
		relay_hop_advise(hop, "write \"allow-source %s/%d\" in relay.conf, then: nat64-relay reload", client,
				 trace->by_twin ? 32 : 128);
	} else {
		relay_hop_advise(hop, "see the drops in nat64-relay status -v, and the rule: nft -a list table inet %s",
				 by->table);
	}
}

/* Somebody's rules drop it: in the words of check's search for firewalls. */
static void firewall_describe(const struct relay_trace *trace, enum nftables_leg id, struct relay_hop *hop)
{
	struct nftables_obstacle obstacle = leg(trace, id)->walk.obstacle;
	struct relay_finding finding = {.id = FINDING_NONE};

	if (nftables_journey_fate(&trace->journey, id) == NFTABLES_LOST) {
		obstacle = (struct nftables_obstacle){.handle = 0};
		snprintf(obstacle.base, sizeof(obstacle.base), "%s", leg(trace, id)->walk.hook);
	}
	relay_firewall_judge(trace->evidence->settings, purpose_of(trace, id), leg(trace, id)->source.family, &obstacle,
			     &finding);
	relay_hop_set(hop, RELAY_MARK_FAIL, "%s", finding.text);
	relay_hop_advise(hop, "%s", finding.advice);
	hop->finding = finding.id;
}

/* Has this packet ended among the rules or routes of this machine? Then the hop says so. */
static bool leg_ends(const struct relay_trace *trace, enum nftables_leg id, struct relay_hop *hop)
{
	char to[INET6_ADDRSTRLEN];

	switch (nftables_journey_fate(&trace->journey, id)) {
	case NFTABLES_DROPPED:
	case NFTABLES_LOST:
		firewall_describe(trace, id, hop);
		return true;
	case NFTABLES_OURS:
		own_rule_describe(trace, id, hop);
		return true;
	case NFTABLES_ASTRAY:
		relay_machine_address_print(&leg(trace, id)->destination, to);
		relay_hop_set(hop, RELAY_MARK_FAIL, "it came in by %s for %s, but the kernel did not forward it",
			      leg(trace, id)->in, to);
		relay_hop_advise(hop, "see the route: ip route get %s iif %s, and rp_filter (sysctl -a)", to,
				 leg(trace, id)->in);
		return true;
	default:
		return false;
	}
}

static const char *family_name(uint8_t family)
{
	return family == NFPROTO_INET ? "inet" :
	       family == NFPROTO_IPV4 ? "ip" :
	       family == NFPROTO_IPV6 ? "ip6" :
					"netdev";
}

/* "inet nat64-relay, ip6 filter": the tables whose rules let it pass. */
static const char *decisions_print(const struct nftables_passage *passage, char text[LIST_ROOM])
{
	size_t length = 0;

	snprintf(text, LIST_ROOM, "no table");
	for (size_t i = 0; i < passage->decision_count && length < LIST_ROOM; i++) {
		const struct nftables_obstacle *by = &passage->decisions[i].by;
		bool known = false;

		for (size_t j = 0; j < i && !known; j++)
			known = by->family == passage->decisions[j].by.family &&
				strcmp(by->table, passage->decisions[j].by.table) == 0;
		if (!known)
			length += (size_t)snprintf(text + length, LIST_ROOM - length, "%s%s %s", length > 0 ? ", " : "",
						   family_name(by->family), by->table);
	}
	return text;
}

void relay_hop_guard(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct nftables_passage *request = relay_trace_passage(trace, RELAY_TRACE_FIRST);
	char list[LIST_ROOM];

	if (!trace->sent) {
		relay_hop_set(hop, RELAY_MARK_UNKNOWN, "%s", trace->trouble);
	} else if (!request->walk.begun) {
		relay_hop_set(hop, RELAY_MARK_UNKNOWN, "the kernel's trace shows nothing of the packet");
	} else if (!leg_ends(trace, relay_trace_leg_of(trace, RELAY_TRACE_FIRST), hop)) {
		relay_hop_set(hop, RELAY_MARK_OK, "in by %s, out by %s; let through by %s", request->in, request->out,
			      decisions_print(request, list));
		hop->took_us = (int64_t)request->last_us;
	}
}

static const struct conf_map *map_of(const struct relay_trace *trace)
{
	const struct conf_translation *translation = &trace->evidence->settings->translation;

	for (size_t i = 0; i < translation->map_count; i++)
		if (conf_prefix6_contains(&translation->maps[i].v6, &trace->client.address.v6))
			return &translation->maps[i];
	return NULL;
}

void relay_hop_lease(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct nftables_passage *out = leg(trace, NFTABLES_LEG_REQUEST4);
	char client[INET6_ADDRSTRLEN], lease[INET6_ADDRSTRLEN], pool[CONF_PREFIX_TEXT] = "";

	relay_machine_address_print(&trace->client.address, client);
	conf_prefix4_print(&trace->evidence->settings->translation.dynamic_pool, pool);
	if (twin_of(trace))
		relay_hop_set(hop, RELAY_MARK_OK, "the %s needs none", twin_of(trace));
	else if (!out->walk.begun && trace->held[0] != '\0')
		relay_hop_set(hop, RELAY_MARK_OK, "%s has had an address of the pool for %s", client, trace->held);
	else if (!out->walk.begun)
		relay_hop_set(hop, RELAY_MARK_OK, "none was seen");
	else if (map_of(trace))
		relay_hop_set(hop, RELAY_MARK_OK, "%s is %s by a map", client,
			      relay_machine_address_print(&out->source, lease));
	else
		relay_hop_set(hop, RELAY_MARK_OK, "%s has %s of the pool %s%s%s", client,
			      relay_machine_address_print(&out->source, lease), pool,
			      trace->held[0] != '\0' ? ", for " : ", since now", trace->held);
}

static json_int_t count_of(const json_t *reply, const char *name)
{
	return (json_int_t)conf_json_number(json_object_get(json_object_get(reply, "counters"), name), "packets");
}

/* By which path was it translated? Others' packets may be counted too. */
static const char *path_print(const struct relay_trace *trace)
{
	const json_t *before = trace->counts.before, *after = trace->counts.after;
	json_int_t fast = count_of(after, "fast_path_6to4") - count_of(before, "fast_path_6to4"),
		   all = count_of(after, "translated_6to4") - count_of(before, "translated_6to4");

	if (!before || !after)
		return "by the fast path, because nat64d does not answer";
	return fast <= 0  ? "by nat64d" :
	       all > fast ? "by nat64d or its fast path, because other packets pass too" :
			    "by the fast path";
}

/* "hop-limit", the reasons that nat64d has counted drops by meanwhile; "" none. */
static const char *drops_print(const struct relay_trace *trace, char text[LIST_ROOM])
{
	const json_t *before = json_object_get(json_object_get(trace->counts.before, "counters"), "drops");
	json_t *after = json_object_get(json_object_get(trace->counts.after, "counters"), "drops"), *count;
	const char *name;
	size_t length = 0;

	*text = '\0';
	json_object_foreach(after, name, count)
		if (length < LIST_ROOM && json_integer_value(count) > json_integer_value(json_object_get(before, name)))
			length += (size_t)snprintf(text + length, LIST_ROOM - length, "%s%s", length > 0 ? ", " : "", name);
	return text;
}

void relay_hop_translation(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct nftables_passage *in = leg(trace, NFTABLES_LEG_REQUEST6), *out = leg(trace, NFTABLES_LEG_REQUEST4);
	const struct nftables_passage *first = relay_trace_passage(trace, RELAY_TRACE_FIRST);
	bool moved = !conf_address_equals(&first->moved_to, &first->destination);
	char to[INET6_ADDRSTRLEN], from[INET6_ADDRSTRLEN], drops[LIST_ROOM];

	if (moved)
		relay_machine_address_print(&first->moved_to, to);
	if (twin_of(trace)) {
		relay_hop_set(hop, RELAY_MARK_OK, "none: the kernel moves it to the target's own address%s%s (%s)",
			      moved ? ", " : "", moved ? to : "", twin_of(trace));
	} else if (out->walk.begun) {
		relay_hop_set(hop, trace->counts.after ? RELAY_MARK_OK : RELAY_MARK_WARNING, "%s: %s -> %s",
			      path_print(trace), relay_machine_address_print(&out->source, from),
			      relay_machine_address_print(&out->destination, to));
		hop->took_us = (int64_t)(out->first_us - in->last_us);
	} else if (*drops_print(trace, drops)) {
		relay_hop_set(hop, RELAY_MARK_FAIL, "nat64d dropped it: %s", drops);
		relay_hop_advise(hop, "see the last drops: nat64-relay counters; nat64d(8) explains the reason");
		hop->finding = FINDING_PACKET_NOT_TRANSLATED;
	}
}

void relay_hop_masquerade(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct nftables_passage *out = relay_trace_passage(trace, RELAY_TRACE_OUT),
				      *reply = relay_trace_passage(trace, RELAY_TRACE_IN);
	char as[INET6_ADDRSTRLEN] = "an address of this node", list[LIST_ROOM];

	if (leg_ends(trace, relay_trace_leg_of(trace, RELAY_TRACE_OUT), hop))
		return;
	if (reply->walk.begun)
		relay_machine_address_print(&reply->destination, as);
	relay_hop_set(hop, RELAY_MARK_OK, "out by %s as %s; let through by %s", out->out, as, decisions_print(out, list));
	hop->took_us = (int64_t)(out->last_us - out->first_us);
}

void relay_hop_target(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct nftables_passage *out = relay_trace_passage(trace, RELAY_TRACE_OUT),
				      *in = relay_trace_passage(trace, RELAY_TRACE_IN);
	char from[INET6_ADDRSTRLEN];

	if (!in->walk.begun)
		return;
	relay_hop_set(hop, RELAY_MARK_OK, "%s answered by %s", relay_machine_address_print(&in->source, from), in->in);
	hop->took_us = (int64_t)(in->first_us - out->last_us);
}

void relay_hop_back(struct relay_trace *trace, struct relay_hop *hop)
{
	const struct nftables_passage *in = relay_trace_passage(trace, RELAY_TRACE_IN),
				      *reply = relay_trace_passage(trace, RELAY_TRACE_LAST);
	char drops[LIST_ROOM], client[INET6_ADDRSTRLEN], out[IF_NAMESIZE + sizeof("out by  ")] = "";

	if (leg_ends(trace, relay_trace_leg_of(trace, RELAY_TRACE_IN), hop))
		return;
	if (!reply->walk.begun) {
		relay_hop_set(hop, RELAY_MARK_FAIL,
			      "the answer came back as IPv4, but did not leave the translator: "
			      "%s",
			      *drops_print(trace, drops) ? drops : "no drop is counted");
		relay_hop_advise(hop, "see the last drops: nat64-relay counters; nat64d(8) explains the reason");
		return;
	}
	if (leg_ends(trace, relay_trace_leg_of(trace, RELAY_TRACE_LAST), hop))
		return;
	relay_machine_address_print(&trace->client.address, client);
	if (reply->walk.hook[0] != 'i')
		snprintf(out, sizeof(out), "out by %.*s ", IF_NAMESIZE, reply->out[0] != '\0' ? reply->out : "the overlay");
	relay_hop_set(hop, RELAY_MARK_OK, "%sto %s%s%s", out, client, trace->client.name[0] != '\0' ? ", " : "",
		      trace->client.name);
	hop->took_us = (int64_t)(reply->last_us - in->first_us);
}

bool relay_hop_is_past(const struct relay_trace *trace, enum relay_hop_id id)
{
	return id == RELAY_HOP_TRANSLATION && leg(trace, NFTABLES_LEG_REQUEST4)->walk.begun;
}
