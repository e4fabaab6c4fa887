/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check looks at, gathered before anybody judges it. Judges are functions of this alone, so that a test can feed them. */
#ifndef RELAY_CHECK_EVIDENCE_H
#define RELAY_CHECK_EVIDENCE_H

#include "relay/check/dns_evidence.h"
#include "relay/check/machine_evidence.h"
#include "relay/check/tailnet_evidence.h"
#include "relay/check/traffic_evidence.h"

struct conf_settings;
struct relay_host_name;

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

/* What that address stands for; without one in a prefix the first address of the real name that could be relayed to: of IPv4, else of the twin6 prefix. False: neither. */
bool relay_evidence_real(const struct relay_evidence *evidence, struct conf_address *address);

void relay_evidence_clear(struct relay_evidence *evidence);

#endif
