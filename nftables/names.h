/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of our two tables, and of the counters in them. */
#ifndef NFTABLES_NAMES_H
#define NFTABLES_NAMES_H

#define NFTABLES_TABLE "nat64-relay"
#define NFTABLES_HOLD  "nat64-relay-hold" /* see hold.c */
#define NFTABLES_OWNER "runtime-dir "     /* begins the comment of the first; the folder follows */

enum { NFTABLES_OWNER_ROOM = 110 }; /* nft(8) refuses comments of 128 octets */

/* The named counters of the table; ruleset.c explains the drop beside each rule. */
enum nftables_counter {
	NFTABLES_MASQUERADED,   /* connections, not packets: a nat chain sees the first packet of each */
	NFTABLES_TWIN_MOVED,    /* connections that came to the twin prefix and were given their real destination */
	NFTABLES_TWIN6_MOVED,   /* the same of the twin6 prefix */
	NFTABLES_MARKS_CLEARED, /* packets into the translator that tailscaled had marked for its own masquerade */
	NFTABLES_DROP_FORGED,   /* from elsewhere, with a source of the prefix, a twin or the pool */
	NFTABLES_DROP_ELSEWHERE, /* from elsewhere, with a source that only the overlay has, or in answer to what went out by it */
	NFTABLES_DROP_LOOP,       /* out of the translator and back into it */
	NFTABLES_DROP_ENTRY,      /* IPv6 to the translator, or to a twin, not from the overlay */
	NFTABLES_DROP_NOT_PREFIX, /* IPv6 to the translator, destination in no prefix */
	NFTABLES_DROP_SOURCE,     /* IPv6 to the translator, or to a twin, source not allowed */
	NFTABLES_DROP_UNINVITED,  /* IPv4 to the translator that answers nothing */
	NFTABLES_DROP_UNTRACKED, /* IPv4 from the translator, or to a twin, that conntrack cannot place: it would stay as it is */
	NFTABLES_DROP_DENIED,     /* IPv4 from the translator, or by a twin, to a denied destination */
	NFTABLES_DROP_STRAY,      /* from the translator, source neither in pool nor prefix */
	NFTABLES_DROP_TARGET,     /* IPv4 from the translator, or by a twin, destination not allowed */
	NFTABLES_DROP_NOT_CLIENT, /* IPv6 from the translator to an address that is no allowed source */
	NFTABLES_DROP_EXIT, /* from the translator, or by a twin, allowed, but the route leads past the overlay; to what the translator stands for, past the device */
	NFTABLES_DROP_TO_RELAY,   /* from the translator, or by a twin, to the relay's own addresses */
	NFTABLES_DROP_FROM_RELAY, /* the relay's own IPv4 to the pool */
	NFTABLES_DROP_MULTICAST,  /* the kernel's listener reports on the device: a few whenever it comes up */
	NFTABLES_DROP_PACKETS,    /* of a client that sends more than client-limit packets */
	NFTABLES_DROP_FRAGMENTS,  /* of a client that sends more than client-limit fragments */
	NFTABLES_DROP_CONNECTIONS, /* of a client that has more than client-limit connections, or opens new-connections too fast */
	NFTABLES_COUNTERS
};

/* The name in the table, as nft(8) lists it: "masqueraded", "drop-source"... */
const char *nftables_counter_name(enum nftables_counter counter);

#endif
