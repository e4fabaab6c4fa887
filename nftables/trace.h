/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of nf_tables, everybody's, do with a packet of ours: the kernel's own trace of it. */
#ifndef NFTABLES_TRACE_H
#define NFTABLES_TRACE_H

#include "nftables/trace_types.h"

struct conf_report;

/* Have the kernel trace our packets, and drop them before they leave the machine or come to a socket. 0, or -1. */
int nftables_trace_begin(struct nftables_trace *trace, struct conf_report *report);

/* Read what became of the packet with trace->mark, which has been sent. A packet that neither passes nor is dropped is waited for so long. */
enum nftables_fate nftables_trace_follow(struct nftables_trace *trace, unsigned timeout_ms,
					 struct nftables_obstacle *obstacle);

void nftables_trace_end(struct nftables_trace *trace);

#endif
