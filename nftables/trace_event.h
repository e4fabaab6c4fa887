/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of the kernel's trace, one by one: for a reader of its own (journey.h), and for tests. */
#ifndef NFTABLES_TRACE_EVENT_H
#define NFTABLES_TRACE_EVENT_H

#include "nftables/trace_types.h"

struct nftnl_trace;
struct nlmsghdr;

/* One packet on its way. */
struct nftables_walk {
	bool begun, over;        /* it was seen; nothing more comes */
	uint32_t id;             /* the kernel's, of this packet */
	bool in_hook;            /* between our first and our last chain of a hook */
	char hook[16];           /* that one's first chain */
	bool in_chain;           /* within somebody's base chain */
	bool kept;               /* a rule has handed it to a program */
	enum nftables_fate fate; /* when over */
	struct nftables_obstacle obstacle;
};

/* One message of the kernel: for tests, as nftables_trace_build is. */
void nftables_trace_read(const struct nftables_trace *trace, struct nftables_walk *walk, const struct nlmsghdr *message);

/* Reads one message of the kernel. True: nothing more is waited for. */
typedef bool nftables_trace_reader(const struct nftables_trace *trace, void *context, const struct nlmsghdr *message);

/* Hand over each message until the reader has enough, or none has come for so long. trace->mark is then the next packet's. */
void nftables_trace_receive(struct nftables_trace *trace, unsigned timeout_ms, nftables_trace_reader *reader,
			    void *context);

/* Is it about the packet with our octets? Only the first event of each base chain has the packet's octets. */
bool nftables_trace_is_marked(const struct nftables_trace *trace, const struct nftnl_trace *event);

/* Add the event to the walk of its packet. True: somebody's base chain has decided, and walk->obstacle names the chain and the rule. */
bool nftables_trace_event_read(const struct nftables_trace *trace, struct nftables_walk *walk,
			       const struct nftnl_trace *event);

/* What is known of a packet that no more is heard of. */
enum nftables_fate nftables_trace_fate(const struct nftables_walk *walk);

#endif
