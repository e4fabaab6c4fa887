/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of nf_tables, everybody's, do with a packet of ours: the kernel's own trace of it. */
#ifndef NFTABLES_TRACE_H
#define NFTABLES_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct nftables_batch;
struct nftnl_trace;
struct nlmsghdr;

/* By these octets the kernel knows our packets: a TCP packet has them from octet 4 on, a UDP packet from octet 8. The last counts the packets. */
enum { NFTABLES_TRACE_MARK = 8, NFTABLES_TRACE_TCP = 4, NFTABLES_TRACE_UDP = 8 };

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

/* Have the kernel trace our packets, and drop them before they leave the machine or come to a socket. 0, or -1. */
int nftables_trace_begin(struct nftables_trace *trace, struct conf_report *report);

/* Read what became of the packet with trace->mark, which has been sent. A packet that neither passes nor is dropped is waited for so long. */
enum nftables_fate nftables_trace_follow(struct nftables_trace *trace, unsigned timeout_ms,
					 struct nftables_obstacle *obstacle);

void nftables_trace_end(struct nftables_trace *trace);

/* The messages of the kernel's trace, one by one, for a reader of its own (journey.h). */

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

/* The table that traces, as messages (trace_build.c). */

/* For packets that are all dropped at the end of their way. mark: NFTABLES_TRACE_MARK octets. */
void nftables_trace_build(const char *table, const uint8_t *mark, struct nftables_batch *batch);

/* For an ICMPv6 echo request, what it is translated to, and the replies: the ICMPv6 reply alone is dropped, at the end of its way. */
void nftables_journey4_build(const char *table, const uint8_t *mark, struct nftables_batch *batch);
void nftables_journey_build(const char *table, const uint8_t *mark, struct nftables_batch *batch);

#endif
