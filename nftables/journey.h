/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole path of an echo request through a relay and of its reply back, from the kernel's trace. */
#ifndef NFTABLES_JOURNEY_H
#define NFTABLES_JOURNEY_H

#include "conf/entries.h"
#include "nftables/trace.h"

#include <net/if.h>

/* The packets of it. By a prefix of IPv6 alone (twin6) only the first and the last, by one of IPv4 alone (twin) only those between. */
enum nftables_leg {
	NFTABLES_LEG_REQUEST6, /* from the client */
	NFTABLES_LEG_REQUEST4, /* out of the translator, to the target */
	NFTABLES_LEG_REPLY4,   /* from the target */
	NFTABLES_LEG_REPLY6,   /* out of the translator, to the client; it ends at the last hook */
	NFTABLES_LEGS
};

/* What one base chain has decided. */
struct nftables_decision {
	struct nftables_obstacle by; /* handle 0: its policy */
	char hook[16];
	bool drop;
};

enum { NFTABLES_DECISIONS = 32 };

struct nftables_passage {
	struct nftables_walk walk;
	struct conf_address source, destination; /* as it came in */
	struct conf_address moved_to;            /* its destination as the last base chain saw it */
	char in[IF_NAMESIZE], out[IF_NAMESIZE];  /* devices; out "": not known, or none, for it came to this machine */
	uint64_t first_us, last_us;              /* of its events, since the request was sent */
	struct nftables_decision decisions[NFTABLES_DECISIONS];
	size_t decision_count; /* at most as many as there is room for */
};

struct nftables_journey {
	struct nftables_passage legs[NFTABLES_LEGS];
	uint64_t sent_us; /* CLOCK_MONOTONIC */
};

/* The request with trace->mark as its data is sent now. The trace has whole_way. */
void nftables_journey_begin(struct nftables_journey *journey);

/* Follow it until the reply is back, a packet is dropped, or nothing has been heard for so long. */
void nftables_journey_follow(struct nftables_trace *trace, struct nftables_journey *journey, unsigned timeout_ms);

/* What became of one packet: PASSES when it has left by the last hook, or came to this machine. */
enum nftables_fate nftables_journey_fate(const struct nftables_journey *journey, enum nftables_leg leg);

/* One message of the kernel, read at now_us. For tests. */
void nftables_journey_read(const struct nftables_trace *trace, struct nftables_journey *journey,
			   const struct nlmsghdr *message, uint64_t now_us);

#endif
