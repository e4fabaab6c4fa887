/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CLAT of this host: its options, what it has found, what is in place. For plan.h, place.h and keep.h. */
#ifndef RELAY_CLAT_CLAT_H
#define RELAY_CLAT_CLAT_H

#include "relay/detect/pref64.h"
#include "relay/host/child.h"
#include "relay/host/loop.h"

#include <jansson.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

#define RELAY_CLAT_DEVICE      "clat"
#define RELAY_CLAT_RUNTIME_DIR RELAY_RUNTIME_DIR "-clat"
enum { RELAY_CLAT_METRIC = 2048, RELAY_CLAT_PATH = 200 }; /* above what DHCP clients give */

/* What is to be in place, or is. */
struct relay_clat_plan {
	bool wanted; /* false: nothing, and why says the reason */
	bool lacks_prefix;
	char why[200];
	struct conf_prefix6 prefix;    /* of the NAT64 */
	const char *source;            /* where the prefix is from: "given", "router advertisement", "DNS" */
	struct in6_addr address6;      /* this host's on the way */
	struct in_addr address4, own4; /* this host's IPv4 address, and the translator's */
	char uplink[IF_NAMESIZE];
	unsigned mtu; /* of the uplink */
};

struct relay_clat {
	const char *runtime, *user, *translator; /* a folder, a user's name, the path of nat64d */
	unsigned metric;
	bool is_given;
	struct conf_prefix6 given;

	sd_event *loop;
	sd_event_source *timer; /* of the next plan */
	bool is_ending;

	int adverts; /* socket; -1: none */
	struct relay_pref64 advertised[RELAY_PREF64_MAX];
	uint64_t advertised_until[RELAY_PREF64_MAX]; /* ms */
	size_t advertised_count;
	uint64_t solicit_due, solicit_delay; /* ms */

	bool has_dns;
	struct conf_prefix6 dns;
	uint64_t dns_due;            /* when to ask, in ms */
	struct in6_addr dns_network; /* from this address, when it was asked */

	struct relay_clat_plan plan; /* in place when wanted */
	struct relay_child child;
	const char *argv[5];
	char settings[RELAY_CLAT_PATH], memory[RELAY_CLAT_PATH], state[RELAY_CLAT_PATH], lock[RELAY_CLAT_PATH];
};

/* The paths, from the runtime folder. */
void relay_clat_init(struct relay_clat *clat);

/* What the process that runs the CLAT has written of itself: a new reference, NULL when there is none. */
json_t *relay_clat_state(const struct relay_clat *clat);

#endif
