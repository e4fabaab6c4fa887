/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check looks at, gathered before anybody judges it. Judges are functions of this alone, so that a test can feed them. */
#ifndef RELAY_CHECK_EVIDENCE_H
#define RELAY_CHECK_EVIDENCE_H

#include "conf/address.h"
#include "relay/ask/answer.h"
#include "relay/ask/unbound_age.h"
#include "tailscale/netmap.h"
#include "tailscale/prefs.h"
#include "tailscale/status.h"

#include <stdint.h>

struct conf_settings;
struct relay_host_name;

enum { EVIDENCE_ADDRESSES = 32, EVIDENCE_EDGES = 16, EVIDENCE_ZONES = 32, EVIDENCE_DISKS = 4 };

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

/* What an address that split DNS names said to a question for the name: nothing, something else, an address in a prefix of ours. */
enum relay_other { RELAY_OTHER_UNASKED, RELAY_OTHER_SILENT, RELAY_OTHER_NO_RELAY, RELAY_OTHER_RELAY };

/* A domain or reverse zone that split DNS should hand to this relay, and to whom it does. */
struct relay_zone_evidence {
	char name[CONF_REVERSE_TEXT > 256 ? CONF_REVERSE_TEXT : 256];
	bool reverse;
	const struct tailscale_zone *zone;       /* NULL: nobody */
	enum relay_other others[EVIDENCE_EDGES]; /* of each resolver that is none of our edge addresses */
};

struct relay_tailnet_evidence {
	bool used; /* advertise-prefix none is false */
	bool has_status, up, has_prefs, has_netmap;
	char trouble[300]; /* why there is no status, or it is not up */
	struct tailscale_status status;
	struct tailscale_prefs prefs;
	struct tailscale_netmap netmap;
	bool headscale;
	struct relay_zone_evidence zones[EVIDENCE_ZONES];
	size_t zone_count;
	time_t now;
};

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

struct relay_disk_evidence {
	const char *path;
	bool read_only, full;
};

struct relay_machine_evidence {
	bool running; /* rules or device are in place: set before, as the next two */
	bool watched; /* nat64-relay run or watch is at work */
	bool edited;  /* the file is not what is in force */
	bool root;
	struct tailscale_list missing; /* items of the kernel that up put in place, by what they are */
	bool rules_differ, has_table, masquerade_missing;
	bool rules_held; /* watch holds a second table with the same rules (nftables/hold.c) */
	char rules[300]; /* the first difference */
	char pool_device[32], prefix_device[32], twin_device[32]; /* by which the kernel sends there; empty: not known */
	bool withdrawn;                                           /* by watch, and why */
	char withdrawn_why[200];
	char guard[200];      /* why watch has closed the relay; empty: it has not */
	unsigned overlay_mtu; /* 0: not known */
	struct relay_disk_evidence disks[EVIDENCE_DISKS];
	size_t disk_count;
	bool systemd, unit_enabled, own_file, route_kept;
	char boot[300]; /* why the resolver would not start again; empty: it would */
	struct relay_unbound_age unbound;
};

struct relay_evidence {
	const struct conf_settings *settings; /* those in force, where a relay is up */
	const char *file;                     /* relay.conf, which they may differ from */
	const char *broken; /* what is wrong with relay.conf, and those in force are looked at instead; NULL: nothing */
	const char *name;   /* "my-vps.9929" */
	const char *real;   /* "my-vps.tail1234.ts.net" */
	const char *real_suffix; /* "tail1234.ts.net" */
	bool suffix_is_open; /* the split domain itself ends in the real suffix, the root for one: there is nothing to hide */
	bool upstream_wanted; /* ask the upstream itself even when the resolver has an answer */
	unsigned wait;        /* s to wait for a client's traffic; 0: send an echo request from here */
	struct relay_dns_evidence dns;
	struct relay_tailnet_evidence tailnet;
	struct relay_traffic_evidence traffic;
	struct relay_machine_evidence machine;
};

/* All that is known before anything is looked at; the names are the caller's, and stay. */
void relay_evidence_begin(struct relay_evidence *evidence, const struct conf_settings *settings,
			  const struct relay_host_name *host);

/* Fill in a part; what it needs of other parts is said there. Nothing is printed. */
void relay_evidence_machine(struct relay_evidence *evidence);
void relay_evidence_dns(struct relay_evidence *evidence);
void relay_evidence_tailnet(struct relay_evidence *evidence); /* after dns */
void relay_evidence_traffic(struct relay_evidence *evidence); /* after dns */

/* The part of traffic before any packet: does the translator answer, its prefixes and counters. False: it or the counters do not. */
bool relay_evidence_translator(struct relay_evidence *evidence);

/* The address of the name that is sent to: its first in a prefix of the settings, else its first; NULL: none. */
const struct in6_addr *relay_evidence_target(const struct relay_evidence *evidence);

/* Does that address lie in the twin6 prefix? Then the kernel moves what is sent there, and the translator sees nothing of it. */
bool relay_evidence_is_by_twin6(const struct relay_evidence *evidence);

/* What the real name is: the first IPv4 address, else, or with a target in the twin6 prefix, the first that this stands for. False: neither. */
bool relay_evidence_real(const struct relay_evidence *evidence, struct conf_address *address);

void relay_evidence_clear(struct relay_evidence *evidence);

#endif
