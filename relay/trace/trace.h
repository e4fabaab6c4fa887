/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole way of one name and one packet through the relay, hop by hop. */
#ifndef RELAY_TRACE_TRACE_H
#define RELAY_TRACE_TRACE_H

#include "nftables/journey.h"
#include "relay/check/evidence.h"
#include "relay/trace/hop.h"

struct conf_report;
struct relay_findings;

/* Whose packet it is. */
struct relay_trace_client {
	struct conf_address address; /* IPv6; by the twin IPv4 */
	char name[256];              /* by the tailnet; "this node"; empty: nobody's that is known */
	bool own;                    /* this node's */
};

/* What nat64d counted before the packet, and after. NULL: it did not answer. */
struct relay_trace_counts {
	json_t *before, *after;
};

struct relay_trace {
	bool by_twin;                    /* the IPv4 twin of the name is traced; wanted by the caller */
	struct relay_evidence *evidence; /* begun, with machine.running, watched and edited set; the caller clears it */
	struct relay_trace_client client;
	struct relay_findings *findings; /* none yet; the caller clears them */
	struct nftables_journey journey;
	struct relay_trace_counts counts;
	char held[120]; /* since when the client has its lease; empty: it had none, or a map, or nat64d did not answer */
	bool sent;      /* the echo request */
	char trouble[300]; /* why it was not */
	struct relay_hop hops[RELAY_HOPS];
};

/*
 * Whose packet? given: a name or an address of a node of the tailnet, or an address of a client, IPv6 or by the twin IPv4; NULL: this node itself, but not by the
 * twin. After relay_evidence_tailnet. 0, or -1 with a message.
 */
int relay_trace_client_find(struct relay_trace *trace, const char *given, struct conf_report *report);

/* Look at everything in order, send the packet, and fill in the hops. from: as above. 0, or -1 with a message and no hop. */
int relay_trace_run(struct relay_trace *trace, const char *from, struct conf_report *report);

/* Where the packet goes: an address in a prefix, or in the twin. False: the name has none. */
bool relay_trace_target(const struct relay_trace *trace, struct conf_address *target);

/*
 * The packets of the way: from the client; out to the target, and in from there; to the client. By a twin the kernel moves the client's own packet: the first two are one,
 * and so are the others.
 */
enum relay_trace_stage { RELAY_TRACE_FIRST, RELAY_TRACE_OUT, RELAY_TRACE_IN, RELAY_TRACE_LAST, RELAY_TRACE_STAGES };
enum nftables_leg relay_trace_leg_of(const struct relay_trace *trace, enum relay_trace_stage stage);
const struct nftables_passage *relay_trace_passage(const struct relay_trace *trace, enum relay_trace_stage stage);

/* Send the echo request and follow it. Sets sent or trouble, journey, counts. */
void relay_trace_packet_send(struct relay_trace *trace);

/* Has the masquerade of the relay taken the packet? */
bool relay_trace_is_masqueraded(const struct relay_trace *trace);

void relay_trace_clear(struct relay_trace *trace);

#endif
