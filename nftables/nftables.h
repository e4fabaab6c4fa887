/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our table `inet nat64-relay` in the kernel: masquerade, cleared marks, the twin prefix, and the guard around both ways. */
#ifndef NFTABLES_NFTABLES_H
#define NFTABLES_NFTABLES_H

#include <stdint.h>

struct conf_report;
struct conf_settings;

#define NFTABLES_TABLE "nat64-relay"
#define NFTABLES_HOLD "nat64-relay-hold" /* see hold.c */
#define NFTABLES_ABSENT 2 /* of nftables_hold_compare: there is no such table at all */

/* The named counters of the table; ruleset.c says beside each rule what its drop means. */
enum nftables_counter {
	NFTABLES_MASQUERADED,       /* connections, not packets: a nat chain sees the first packet of each */
	NFTABLES_TWIN_MOVED,        /* connections that came to the twin prefix and were given their real destination */
	NFTABLES_MARKS_CLEARED,     /* packets into the translator that tailscaled had marked for its own masquerade */
	NFTABLES_DROP_FORGED,       /* from elsewhere, with a source of the prefix, the twin or the pool */
	NFTABLES_DROP_ELSEWHERE,    /* from elsewhere, with a source that only the overlay has, or in answer to what went out by it */
	NFTABLES_DROP_LOOP,         /* out of the translator and back into it */
	NFTABLES_DROP_ENTRY,        /* IPv6 to the translator, or IPv4 to the twin, not from the overlay */
	NFTABLES_DROP_NOT_PREFIX,   /* IPv6 to the translator, destination in no prefix */
	NFTABLES_DROP_SOURCE,       /* IPv6 to the translator, or IPv4 to the twin, source not allowed */
	NFTABLES_DROP_UNINVITED,    /* IPv4 to the translator that answers nothing */
	NFTABLES_DROP_UNTRACKED,    /* IPv4 from the translator, or to the twin, that conntrack cannot place: it would stay as it is */
	NFTABLES_DROP_DENIED,       /* IPv4 from the translator, or by the twin, to a denied destination */
	NFTABLES_DROP_STRAY,        /* from the translator, source neither in pool nor prefix */
	NFTABLES_DROP_TARGET,       /* IPv4 from the translator, or by the twin, destination not allowed */
	NFTABLES_DROP_NOT_CLIENT,   /* IPv6 from the translator to somebody who is no allowed source */
	NFTABLES_DROP_EXIT,         /* from the translator, or by the twin, allowed, but the route leads past the overlay */
	NFTABLES_DROP_TO_RELAY,     /* from the translator, or by the twin, to the relay's own addresses */
	NFTABLES_DROP_FROM_RELAY,   /* the relay's own IPv4 to the pool */
	NFTABLES_DROP_MULTICAST,    /* the kernel's listener reports on the device: a few whenever it comes up */
	NFTABLES_DROP_PACKETS,      /* of a client that sends more than client-limit packets */
	NFTABLES_DROP_FRAGMENTS,    /* of a client that sends more than client-limit fragments */
	NFTABLES_DROP_CONNECTIONS,  /* of a client that has more than client-limit connections, or opens new-connections too fast */
	NFTABLES_COUNTERS
};

struct nftables_counters {
	struct {
		uint64_t packets, bytes;
	} of[NFTABLES_COUNTERS];
};

/* The name in the table, as nft(8) lists it: "masqueraded", "drop-source"... */
const char *nftables_counter_name(enum nftables_counter counter);

/* Put our table in place, whole, in one transaction. 1 changed (counters start anew), 0 was already the same, -1. */
int nftables_apply(const struct conf_settings *settings, struct conf_report *report);

/* 0 the kernel holds exactly our table, 1 it differs or is absent (the report says how), -1 not known, which is as bad. */
int nftables_compare(const struct conf_settings *settings, struct conf_report *report);

/* Does NFTABLES_HOLD follow these settings? 0 it does, 1 it does not, NFTABLES_ABSENT: nobody holds one, -1 not known. */
int nftables_hold_compare(const struct conf_settings *settings);

/* Take our table away. 1 removed, 0 nothing there, -1. */
int nftables_remove(struct conf_report *report);

/* Of both tables together. 0, or -1: our table is not there, or not permitted. */
int nftables_counters_read(struct nftables_counters *counters, struct conf_report *report);

#endif
