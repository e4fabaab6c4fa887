/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of our own (NFT_TABLE_F_OWNER) that exists while our packets are on their way. It has two chains at each hook, the
 * first of all and the last before conntrack keeps the connection.
 *
 *   prerouting -> (routing) -> forward -> postrouting    the last chain drops ours: nothing leaves
 *                           -> input                     the same: nothing comes to a socket, and conntrack keeps nothing
 *
 * The first rule matches eight octets that nobody else has and sets `meta nftrace`. From then on the kernel sends an event for each chain and rule that the packet
 * comes to (NFNLGRP_NFTRACE), rules of iptables-nft included. The first event with our octets gives the id by which the others are known. A
 * drop is the verdict of a rule, or the policy of a chain. A packet that goes into a hook and does not come out, without an event of a drop, was taken
 * by something that is not nf_tables; one that is lost between two hooks was not routed. What a rule hands to a program (NFQUEUE) is dropped by the
 * rule unless the packet goes on.
 */
#include "nftables/trace.h"

#include "conf/report.h"
#include "nftables/batch.h"
#include "nftables/names.h"
#include "nftables/transport.h"

#include <errno.h>
#include <libnftnl/trace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIXED = NFTABLES_TRACE_MARK - 1, EVENTS_ROOM = 1 << 22, POLL_MS = 50 };

int nftables_trace_begin(struct nftables_trace *trace, struct conf_report *report)
{
	const int group = NFNLGRP_NFTRACE, room = EVENTS_ROOM;
	struct nftables_batch batch;
	int result;

	snprintf(trace->table, sizeof(trace->table), "%s-trace-%d", NFTABLES_TABLE, (int)getpid());
	trace->socket = nftables_transport_open(report);
	if (!trace->socket)
		return -1;
	if (getrandom(trace->mark, FIXED, 0) != FIXED) {
		conf_report_add(report, "no random numbers: %s", strerror(errno));
		nftables_trace_end(trace);
		return -1;
	}
	(!trace->whole_way ? nftables_trace_build :
	 trace->ends_as4   ? nftables_journey4_build :
			     nftables_journey_build)(trace->table, trace->mark, &batch);
	result = nftables_transport_commit_by(trace->socket, &batch, report);
	nftables_batch_clear(&batch);
	setsockopt(mnl_socket_get_fd(trace->socket), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (result == 0 && mnl_socket_setsockopt(trace->socket, NETLINK_ADD_MEMBERSHIP, (void *)&group, sizeof(group)) < 0) {
		conf_report_add(report, "cannot receive the trace of nf_tables: %s", strerror(errno));
		result = -1;
	}
	if (result < 0)
		nftables_trace_end(trace);
	return result;
}

void nftables_trace_end(struct nftables_trace *trace)
{
	if (trace->socket)
		mnl_socket_close(trace->socket);
	trace->socket = NULL;
}

static const char *text_of(const struct nftnl_trace *event, uint16_t attribute)
{
	const char *text = nftnl_trace_is_set(event, attribute) ? nftnl_trace_get_str(event, attribute) : NULL;

	return text ? text : "";
}

static uint32_t number_of(const struct nftnl_trace *event, uint16_t attribute)
{
	return nftnl_trace_is_set(event, attribute) ? nftnl_trace_get_u32(event, attribute) : 0;
}

bool nftables_trace_is_marked(const struct nftables_trace *trace, const struct nftnl_trace *event)
{
	uint32_t length = 0;
	const uint8_t *header = nftnl_trace_is_set(event, NFTNL_TRACE_TRANSPORT_HEADER) ?
					nftnl_trace_get_data(event, NFTNL_TRACE_TRANSPORT_HEADER, &length) :
					NULL;

	return header && ((length >= NFTABLES_TRACE_TCP + NFTABLES_TRACE_MARK &&
			   !memcmp(header + NFTABLES_TRACE_TCP, trace->mark, NFTABLES_TRACE_MARK)) ||
			  (length >= NFTABLES_TRACE_UDP + NFTABLES_TRACE_MARK &&
			   !memcmp(header + NFTABLES_TRACE_UDP, trace->mark, NFTABLES_TRACE_MARK)));
}

static void finish(struct nftables_walk *walk, enum nftables_fate fate)
{
	walk->over = true;
	walk->fate = fate;
}

/* In a chain of the table that traces. */
static void own_rule_note(struct nftables_walk *walk, const char *chain, bool drops)
{
	size_t length = strlen(chain);

	walk->in_hook = length < 4 || strcmp(chain + length - 4, "-end") != 0;
	walk->in_chain = walk->kept = false;
	if (walk->in_hook)
		snprintf(walk->hook, sizeof(walk->hook), "%s", chain);
	if (drops)
		finish(walk, NFTABLES_PASSES);
}

static void beginnings_see(const struct nftables_trace *trace, struct nftables_walk *walk, const char *chain)
{
	for (unsigned i = 0; trace->beginnings && trace->beginnings[i]; i++)
		if (strncmp(chain, trace->beginnings[i], strlen(trace->beginnings[i])) == 0)
			walk->obstacle.known |= 1U << i;
}

/* In somebody's chain: the first of a base chain's events names it. */
static void chain_see(const struct nftables_trace *trace, struct nftables_walk *walk, const struct nftnl_trace *event)
{
	struct nftables_obstacle *obstacle = &walk->obstacle;
	const char *chain = text_of(event, NFTNL_TRACE_CHAIN);

	if (!walk->in_chain) {
		*obstacle = (struct nftables_obstacle){.family = (uint8_t)number_of(event, NFTNL_TRACE_FAMILY)};
		snprintf(obstacle->table, sizeof(obstacle->table), "%s", text_of(event, NFTNL_TRACE_TABLE));
		snprintf(obstacle->base, sizeof(obstacle->base), "%s", chain);
	}
	walk->in_chain = true;
	snprintf(obstacle->chain, sizeof(obstacle->chain), "%s", chain);
	obstacle->handle = nftnl_trace_is_set(event, NFTNL_TRACE_RULE_HANDLE) ?
				   nftnl_trace_get_u64(event, NFTNL_TRACE_RULE_HANDLE) :
				   0;
	beginnings_see(trace, walk, chain);
	beginnings_see(trace, walk, text_of(event, NFTNL_TRACE_JUMP_TARGET));
}

static bool is_guard(const struct nftables_obstacle *obstacle)
{
	return obstacle->family == NFPROTO_INET &&
	       (!strcmp(obstacle->table, NFTABLES_TABLE) || !strcmp(obstacle->table, NFTABLES_HOLD));
}

bool nftables_trace_event_read(const struct nftables_trace *trace, struct nftables_walk *walk,
			       const struct nftnl_trace *event)
{
	bool policy = number_of(event, NFTNL_TRACE_TYPE) == NFT_TRACETYPE_POLICY;
	uint32_t verdict = number_of(event, policy ? NFTNL_TRACE_POLICY : NFTNL_TRACE_VERDICT) & NF_VERDICT_MASK;
	bool decides = policy || nftnl_trace_is_set(event, NFTNL_TRACE_VERDICT);
	bool goes_on = (int)number_of(event, NFTNL_TRACE_VERDICT) < 0; /* NFT_CONTINUE, NFT_JUMP and their like */

	if (!strcmp(text_of(event, NFTNL_TRACE_TABLE), trace->table)) {
		own_rule_note(walk, text_of(event, NFTNL_TRACE_CHAIN),
			      decides && !policy && !goes_on && verdict == NF_DROP);
		return false;
	}
	chain_see(trace, walk, event);
	if (policy || (decides && !goes_on))
		walk->in_chain = false;
	walk->kept = decides && !policy && !goes_on && (verdict == NF_QUEUE || verdict == NF_STOLEN); /* it may come back */
	if (decides && (policy || !goes_on) && verdict == NF_DROP)
		finish(walk, is_guard(&walk->obstacle) ? NFTABLES_OURS : NFTABLES_DROPPED);
	return decides && (policy || !goes_on);
}

void nftables_trace_read(const struct nftables_trace *trace, struct nftables_walk *walk, const struct nlmsghdr *message)
{
	struct nftnl_trace *event = nftnl_trace_alloc();
	bool ours = false;

	if (event && NFNL_SUBSYS_ID(message->nlmsg_type) == NFNL_SUBSYS_NFTABLES &&
	    NFNL_MSG_TYPE(message->nlmsg_type) == NFT_MSG_TRACE && nftnl_trace_nlmsg_parse(message, event) == 0) {
		if (!walk->begun && nftables_trace_is_marked(trace, event)) {
			walk->begun = true;
			walk->id = number_of(event, NFTNL_TRACE_ID);
		}
		ours = walk->begun && !walk->over && number_of(event, NFTNL_TRACE_ID) == walk->id;
	}
	if (ours)
		nftables_trace_event_read(trace, walk, event);
	if (event)
		nftnl_trace_free(event);
}

enum nftables_fate nftables_trace_fate(const struct nftables_walk *walk)
{
	if (walk->over)
		return walk->fate;
	if (!walk->begun)
		return NFTABLES_UNSEEN;
	if (walk->kept) /* handed to a program that keeps it */
		return is_guard(&walk->obstacle) ? NFTABLES_OURS : NFTABLES_DROPPED;
	return walk->in_hook ? NFTABLES_LOST : NFTABLES_ASTRAY;
}

void nftables_trace_receive(struct nftables_trace *trace, unsigned timeout_ms, nftables_trace_reader *reader, void *context)
{
	struct pollfd wait = {.fd = mnl_socket_get_fd(trace->socket), .events = POLLIN};
	char buffer[8192];
	bool over = false;

	for (unsigned waited = 0; !over && waited < timeout_ms;) {
		ssize_t length = recv(wait.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		int left = (int)length;

		if (length < 0) {
			poll(&wait, 1, POLL_MS);
			waited += wait.revents & POLLIN ? 0 : POLL_MS;
			continue;
		}
		for (struct nlmsghdr *message = (struct nlmsghdr *)buffer; mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			over = reader(trace, context, message);
	}
	trace->mark[FIXED]++;
}

static bool walk_read(const struct nftables_trace *trace, void *context, const struct nlmsghdr *message)
{
	struct nftables_walk *walk = context;

	nftables_trace_read(trace, walk, message);
	return walk->over;
}

enum nftables_fate nftables_trace_follow(struct nftables_trace *trace, unsigned timeout_ms,
					 struct nftables_obstacle *obstacle)
{
	struct nftables_walk walk = {.begun = false};

	nftables_trace_receive(trace, timeout_ms, walk_read, &walk);
	*obstacle = walk.obstacle;
	if (nftables_trace_fate(&walk) == NFTABLES_LOST) {
		*obstacle = (struct nftables_obstacle){.handle = 0};
		snprintf(obstacle->base, sizeof(obstacle->base), "%s", walk.hook);
	}
	return nftables_trace_fate(&walk);
}
