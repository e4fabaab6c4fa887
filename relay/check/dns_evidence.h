/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What DNS answers to check: the relay's resolver, its upstream, each way in. */
#ifndef RELAY_CHECK_DNS_EVIDENCE_H
#define RELAY_CHECK_DNS_EVIDENCE_H

#include "conf/prefix.h"
#include "relay/ask/answer.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVIDENCE_ADDRESSES = 32, EVIDENCE_EDGES = 16 };

/* A question and what came of it. */
struct relay_reply {
	bool asked, answered;
	char code[24];                        /* RCODE */
	char trouble[200];                    /* when there was no answer: what went wrong */
	char extended[RELAY_ANSWER_EXTENDED]; /* its extended DNS error; empty: none */
	uint64_t took_us;
	struct in6_addr aaaa[EVIDENCE_ADDRESSES];
	struct in_addr a[EVIDENCE_ADDRESSES];
	size_t aaaa_count, a_count; /* may be more than there is room for */
};

/* One edge-address: is it this machine's, and is it answered there, each way? */
struct relay_edge_evidence {
	const struct conf_address *address;
	bool here, udp, tcp;
};

struct relay_dns_evidence {
	struct relay_edge_evidence edges[EVIDENCE_EDGES];
	size_t edge_count;
	struct relay_reply aaaa, a;           /* of the name */
	struct relay_reply real_a, real_aaaa; /* of the real name, from the relay's resolver */
	struct relay_reply upstream_a; /* of the real name, from the first upstream itself; asked when the resolver had nothing, or upstream_wanted */
	char upstream[160]; /* that upstream, as dig is told of it */
	char leak[400];     /* the first question whose answer shows the real suffix; empty: none */
	bool leak_seen;     /* all of them were answered */
};

#endif
