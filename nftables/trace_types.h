/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trace, and what became of a packet. */
#ifndef NFTABLES_TRACE_TYPES_H
#define NFTABLES_TRACE_TYPES_H

#include "nftables/trace_build.h"

#include <stdbool.h>
#include <stdint.h>

enum { NFTABLES_TRACE_NAME = 64 };

/* Who drops a packet. */
struct nftables_obstacle {
	uint8_t family;                  /* NFPROTO_IPV4, NFPROTO_IPV6 or NFPROTO_INET */
	char table[NFTABLES_TRACE_NAME]; /* "": it was lost between the rules of a hook, and by none of nf_tables */
	char base[NFTABLES_TRACE_NAME];  /* the chain at the hook; of a lost one the hook: "forward" */
	char chain[NFTABLES_TRACE_NAME]; /* the one with the rule, which may be another */
	uint64_t handle;                 /* of the rule; 0: the policy of the base chain */
	unsigned known; /* the index-th bit: a chain that the packet came to begins with the index-th of trace->beginnings */
};

enum nftables_fate {
	NFTABLES_UNSEEN, /* it did not come to the first hook */
	NFTABLES_PASSES,
	NFTABLES_DROPPED, /* by somebody's rule or policy */
	NFTABLES_OURS,    /* by a rule of our own tables */
	NFTABLES_LOST,    /* between the rules of a hook */
	NFTABLES_ASTRAY,  /* between two hooks: by routing */
};

struct nftables_trace {
	struct mnl_socket *socket; /* it owns the table: the kernel deletes it with the socket, however the process ends */
	char table[32];
	uint8_t mark[NFTABLES_TRACE_MARK]; /* for the next packet */
	bool whole_way; /* of an echo request and its reply (journey.h): nothing but the last packet is dropped */
	bool ends_as4;  /* that one is IPv4, by the twin prefix */
	const char *const *beginnings; /* of the names of chains to look out for; NULL ends them; may be NULL */
};

#endif
