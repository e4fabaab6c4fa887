/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other relays of this node's routes, as this node's own tailscaled sees them, and what one of them says of itself. */
#ifndef RELAY_ASK_OTHER_RELAY_H
#define RELAY_ASK_OTHER_RELAY_H

#include "conf/entries.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_settings;
struct tailscale_netmap;

enum { RELAY_OTHERS_MAX = 8, RELAY_OTHER_ADDRESSES = 2, RELAY_OTHER_NAME = 64 };

struct relay_other {
	char name[RELAY_OTHER_NAME]; /* its first label, printable */
	struct conf_address addresses[RELAY_OTHER_ADDRESSES];
	size_t address_count;
	bool primary; /* peers, of which this node is one, send there now */
};

/* The header of /healthz that tells of the way out: "good; age=1200", or "bad; age=...", ms since the look. */
#define RELAY_OTHER_HEADER "NAT64-Reach"

struct relay_other_health {
	bool answered, works; /* any answer; 200 */
	bool says, reaches;   /* it tells of its way out; which is good */
	uint64_t age;         /* ms since it looked; when it says */
};

/* The nodes, online and not this one, that offer every route that these settings advertise: how many were found, at most RELAY_OTHERS_MAX. */
size_t relay_others_find(const struct conf_settings *settings, const struct tailscale_netmap *netmap,
			 struct relay_other others[RELAY_OTHERS_MAX]);

/*
 * Ask its /healthz, at the port of our own http-listen, or the default. look: it shall look at its way out now, which a later request tells of. Takes timeout_ms at
 * most; what it sends is a stranger's.
 */
void relay_other_ask(const struct conf_settings *settings, const struct relay_other *other, unsigned timeout_ms,
		     bool look, struct relay_other_health *health);

/* What was answered, so many octets of it. False: it is no answer of an HTTP server. */
bool relay_other_parse(const char *text, size_t length, struct relay_other_health *health);

#endif
