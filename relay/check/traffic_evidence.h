/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a packet that check sent, or a client: counters before and after. */
#ifndef RELAY_CHECK_TRAFFIC_EVIDENCE_H
#define RELAY_CHECK_TRAFFIC_EVIDENCE_H

#include "conf/address.h"
#include "relay/check/dns_evidence.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay_traffic_snapshot {
	/* translated 6 to 4, 4 to 6; masqueraded; moved out of the twin prefix, and of the twin6 prefix */
	uint64_t out, back, connections, twin, twin6;
};

struct relay_traffic_evidence {
	bool may_ask, translator, counters; /* who may not ask does not know whether it runs */
	char trouble[200];
	struct relay_traffic_snapshot before, after;
	bool waited, sent;             /* for a client; an echo request of this node was sent */
	int took, send_errno;          /* ms; -1: no reply */
	long long client_seen;         /* s ago that the latest client used the translator; -1: none */
	char client[INET6_ADDRSTRLEN]; /* that one; with --wait the one that was seen meanwhile */
	struct conf_prefix6 prefixes[EVIDENCE_ADDRESSES]; /* that the translator itself has; prefixes_known */
	size_t prefix_count;
	bool prefixes_known;
	struct relay_traffic_snapshot twin_before, twin_after;
	bool twin_sent;
	int twin_took;
};

#endif
