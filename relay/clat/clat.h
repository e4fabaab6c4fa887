/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CLAT of this host: what it was told, what it has found, what is in place. */
#ifndef RELAY_CLAT_CLAT_H
#define RELAY_CLAT_CLAT_H

#include "relay/detect/pref64.h"
#include "relay/host/child.h"
#include "relay/host/loop.h"

#include <jansson.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

struct conf_report;

#define RELAY_CLAT_DEVICE      "clat"
#define RELAY_CLAT_RUNTIME_DIR RELAY_RUNTIME_DIR "-clat"
enum { RELAY_CLAT_METRIC = 2048, RELAY_CLAT_PATH = 200 }; /* above what DHCP clients give */

/* What is to be in place, or is. */
struct relay_clat_plan {
	bool wanted; /* false: nothing, and why says the reason */
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

/* Take note of an advertisement. True: a prefix came or went. */
bool relay_clat_advertised(struct relay_clat *clat, const struct relay_pref64 *found, size_t count);

/* The link of an interface is lost: what routers have advertised there may not be true where it is next. */
void relay_clat_link_lost(struct relay_clat *clat, unsigned interface);

/* The prefix of this network, and where it is from; NULL: none is known. The resolver is asked when that is due, three seconds at most each question. */
const struct conf_prefix6 *relay_clat_prefix(struct relay_clat *clat, const char **source);

/* What should be in place now. */
void relay_clat_plan(struct relay_clat *clat, struct relay_clat_plan *plan);
bool relay_clat_plan_equals(const struct relay_clat_plan *a, const struct relay_clat_plan *b);

/* Put the plan in place, or take what is in place away: sysctls stay until relay_clat_restore. 0, or -1 with a message. */
int relay_clat_place(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report);
void relay_clat_unplace(struct relay_clat *clat);
void relay_clat_restore(const struct relay_clat *clat);

/* The plan is in place: put back what others took away, and follow the uplink's MTU. -1 with a message: it has to be placed anew. */
int relay_clat_repair(struct relay_clat *clat, const struct relay_clat_plan *plan, struct conf_report *report);

/* Take away what a process that was killed has left, by what it has written. */
void relay_clat_settle(struct relay_clat *clat);

/* Keep it until SIGTERM or SIGINT. An enum relay_exit. */
int relay_clat_keep(struct relay_clat *clat, struct conf_report *report);

/* Take away all that a process that was killed has left, while none runs the CLAT. An enum relay_exit. */
int relay_clat_clear(struct relay_clat *clat, struct conf_report *report);

/* The pid of the process that runs the CLAT; 0: there is none. */
pid_t relay_clat_pid(const struct relay_clat *clat);

/* What the process that runs the CLAT has written of itself: a new reference, NULL when there is none. */
json_t *relay_clat_state(const struct relay_clat *clat);

#endif
