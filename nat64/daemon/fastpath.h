/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path: plain packets that stay in the kernel. Theory of operation: fastpath.c and nat64/bpf/plain.bpf.c. */
#ifndef NAT64_DAEMON_FASTPATH_H
#define NAT64_DAEMON_FASTPATH_H

#include "nat64/bpf/plain.h"
#include "nat64/daemon/counters.h"
#include "nat64/pool/shared.h"

#include <stdbool.h>
#include <stdint.h>

struct conf_report;
struct fastpath;

/* A pair of endpoints in both families, and what its translation was decided by. */
struct fastpath_pair {
	struct plain_endpoints6 endpoints6;
	struct plain_endpoints4 endpoints4;
	struct plain_rule rule; /* without its sums */
};

/* What the program has done since it was loaded. */
struct fastpath_counts {
	struct counter to4, to6;
	uint64_t failures;
};

/*
 * Load the program, make its maps for so many addresses of the pool, and attach the program to the device in the place of one that an earlier nat64d
 * left. Wants CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON: without the last, the verifier of Linux 6.1 refuses to write a part of a stack slot that holds a number,
 * and that of 6.18 to compute where in a packet something stands. What follows wants none of them. Stays closed until fastpath_change(). NULL with the reason.
 */
struct fastpath *fastpath_open(const char *device, uint64_t addresses, struct conf_report *report);

/* Close: every packet goes to nat64d again. The program stays attached, for the right to remove it is gone. */
void fastpath_free(struct fastpath *fastpath);

/* May the maps still be written, with the privileges that are left? Before Linux 5.19 they may not: -1 with the reason. */
int fastpath_check(struct fastpath *fastpath, struct conf_report *report);

/* Close for a while, if there is one. On return no packet is on its way through the program. */
void fastpath_pause(struct fastpath *fastpath);

/* Open for pairs of this generation of the settings alone. enabled: false: closed. mtu: of the device, offlink: of packets without DF; octets. */
void fastpath_change(struct fastpath *fastpath, uint32_t settings, bool enabled, unsigned mtu, unsigned offlink);

/* The device has this MTU. */
void fastpath_mtu_set(struct fastpath *fastpath, unsigned mtu);

/* What the program and nat64d share of each lease. */
struct nat64_leases_shared fastpath_leases(const struct fastpath *fastpath);

/* Remember a pair; is_to4 tells which direction. Any thread, at any time; 0, or -1. */
int fastpath_learn(struct fastpath *fastpath, bool is_to4, const struct fastpath_pair *pair);

/* All zero when there is no fast path. */
void fastpath_count(const struct fastpath *fastpath, struct fastpath_counts *counts);

#endif
