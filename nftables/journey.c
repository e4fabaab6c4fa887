/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of an echo request survives translation, masquerade and the target, which sends it back (RFC 792, RFC 4443 section 4.2). So eight octets of it
 * mark all four packets, and type and family show which of them an event is about:
 *
 *   client -128-> (REQUEST6) -> device ... device -8-> (REQUEST4) -> target -0-> (REPLY4) -> device ... device -129-> (REPLY6) -> client
 *
 * Only the first event of each base chain has the packet's headers; those behind it are known by the kernel's id of the packet. The events have no
 * time of their own: it is that of their reading.
 */
#include "nftables/journey.h"

#include "conf/clock.h"
#include "conf/report.h"

#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

static uint64_t now_us(void)
{
	return (uint64_t)conf_clock_ns(CLOCK_MONOTONIC) / 1000;
}

static const void *header_of(const struct nftnl_trace *event, uint16_t attribute, uint32_t least)
{
	uint32_t length = 0;
	const void *header = nftnl_trace_is_set(event, attribute) ? nftnl_trace_get_data(event, attribute, &length) : NULL;

	return length >= least ? header : NULL;
}

/* Which packet has these headers? Also its addresses. NFTABLES_LEGS: none of them. */
static enum nftables_leg leg_of(const struct nftnl_trace *event, struct conf_address *source,
				struct conf_address *destination)
{
	const uint8_t *type = header_of(event, NFTNL_TRACE_TRANSPORT_HEADER, 1),
		      *first = header_of(event, NFTNL_TRACE_NETWORK_HEADER, 1);
	bool six = first && *first >> 4 == 6;
	const struct ip *ip = header_of(event, NFTNL_TRACE_NETWORK_HEADER, sizeof(*ip));
	const struct ip6_hdr *ip6 = header_of(event, NFTNL_TRACE_NETWORK_HEADER, sizeof(*ip6));

	if (!type || !first || (six ? !ip6 : !ip))
		return NFTABLES_LEGS;
	*source = (struct conf_address){.family = six ? AF_INET6 : AF_INET};
	*destination = *source;
	if (six) {
		memcpy(&source->v6, &ip6->ip6_src, sizeof(source->v6));
		memcpy(&destination->v6, &ip6->ip6_dst, sizeof(destination->v6));
		return *type == ICMP6_ECHO_REQUEST ? NFTABLES_LEG_REQUEST6 :
		       *type == ICMP6_ECHO_REPLY   ? NFTABLES_LEG_REPLY6 :
						     NFTABLES_LEGS;
	}
	memcpy(&source->v4, &ip->ip_src, sizeof(source->v4));
	memcpy(&destination->v4, &ip->ip_dst, sizeof(destination->v4));
	return *type == ICMP_ECHO      ? NFTABLES_LEG_REQUEST4 :
	       *type == ICMP_ECHOREPLY ? NFTABLES_LEG_REPLY4 :
					 NFTABLES_LEGS;
}

static void device_note(const struct nftnl_trace *event, uint16_t attribute, char device[IF_NAMESIZE])
{
	if (nftnl_trace_is_set(event, attribute) && nftnl_trace_get_u32(event, attribute) > 0)
		if_indextoname(nftnl_trace_get_u32(event, attribute), device);
}

/* The packet that the event is about; NULL: none of ours. */
static struct nftables_passage *passage_of(const struct nftables_trace *trace, struct nftables_journey *journey,
					   const struct nftnl_trace *event)
{
	uint32_t id = nftnl_trace_is_set(event, NFTNL_TRACE_ID) ? nftnl_trace_get_u32(event, NFTNL_TRACE_ID) : 0;
	struct conf_address source, destination;
	enum nftables_leg leg;

	if (!nftables_trace_is_marked(trace, event)) {
		for (size_t i = NFTABLES_LEGS; i-- > 0;)
			if (journey->legs[i].walk.begun && journey->legs[i].walk.id == id)
				return &journey->legs[i];
		return NULL;
	}
	leg = leg_of(event, &source, &destination);
	if (leg == NFTABLES_LEGS)
		return NULL;
	if (!journey->legs[leg].walk.begun) {
		journey->legs[leg].source = source;
		journey->legs[leg].destination = destination;
		journey->legs[leg].walk.begun = true;
	}
	journey->legs[leg].walk.id = id;
	journey->legs[leg].moved_to = destination;
	device_note(event, NFTNL_TRACE_IIF, journey->legs[leg].in);
	device_note(event, NFTNL_TRACE_OIF, journey->legs[leg].out);
	return &journey->legs[leg];
}

static void decision_note(struct nftables_passage *passage)
{
	struct nftables_decision *decision = &passage->decisions[passage->decision_count];

	if (passage->decision_count == NFTABLES_DECISIONS)
		return;
	decision->by = passage->walk.obstacle;
	memcpy(decision->hook, passage->walk.hook, sizeof(decision->hook));
	decision->drop = passage->walk.over;
	passage->decision_count++;
}

static void event_read(const struct nftables_trace *trace, struct nftables_journey *journey,
		       const struct nftnl_trace *event, uint64_t now)
{
	struct nftables_passage *passage = passage_of(trace, journey, event);

	if (!passage || passage->walk.over)
		return;
	if (passage->first_us == 0)
		passage->first_us = now - journey->sent_us;
	passage->last_us = now - journey->sent_us;
	if (nftables_trace_event_read(trace, &passage->walk, event))
		decision_note(passage);
}

void nftables_journey_read(const struct nftables_trace *trace, struct nftables_journey *journey,
			   const struct nlmsghdr *message, uint64_t now)
{
	struct nftnl_trace *event = nftnl_trace_alloc();

	if (event && NFNL_SUBSYS_ID(message->nlmsg_type) == NFNL_SUBSYS_NFTABLES &&
	    NFNL_MSG_TYPE(message->nlmsg_type) == NFT_MSG_TRACE && nftnl_trace_nlmsg_parse(message, event) == 0)
		event_read(trace, journey, event, now);
	if (event)
		nftnl_trace_free(event);
}

void nftables_journey_begin(struct nftables_journey *journey)
{
	*journey = (struct nftables_journey){.sent_us = now_us()};
}

static bool is_over(const struct nftables_journey *journey)
{
	for (size_t i = 0; i < NFTABLES_LEGS; i++)
		if (journey->legs[i].walk.over)
			return true;
	return false;
}

static bool message_read(const struct nftables_trace *trace, void *context, const struct nlmsghdr *message)
{
	nftables_journey_read(trace, context, message, now_us());
	return is_over(context);
}

void nftables_journey_follow(struct nftables_trace *trace, struct nftables_journey *journey, unsigned timeout_ms)
{
	nftables_trace_receive(trace, timeout_ms, message_read, journey);
}

enum nftables_fate nftables_journey_fate(const struct nftables_journey *journey, enum nftables_leg leg)
{
	const struct nftables_walk *walk = &journey->legs[leg].walk;
	enum nftables_fate fate = nftables_trace_fate(walk);
	bool left = !walk->in_hook && (strcmp(walk->hook, "postrouting") == 0 || strcmp(walk->hook, "input") == 0);

	return fate == NFTABLES_ASTRAY && left ? NFTABLES_PASSES : fate;
}
