/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Healthy or unhealthy, out of a row of probes, without flapping; and whether the routes are left to another relay. Decided without a machine. */
#ifndef RELAY_WATCH_HEALTH_H
#define RELAY_WATCH_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RELAY_HEALTH_BAD = 3,             /* probes in a row that make it unhealthy */
	RELAY_HEALTH_BAD_FIRST = 10,      /* the same as long as it was never healthy: daemons take a while to start */
	RELAY_HEALTH_GOOD = 3,            /* probes in a row that make it healthy again */
	RELAY_HEALTH_GOOD_MAX = 48,       /* with each relapse twice as many, up to this */
	RELAY_HEALTH_FORGET_MS = 3600000, /* a relapse is one that comes within this */
};

enum relay_health_state { RELAY_HEALTH_STARTING, RELAY_HEALTH_HEALTHY, RELAY_HEALTH_UNHEALTHY };

/* All zero: just started. */
struct relay_health {
	enum relay_health_state state;
	uint64_t since;     /* ms: when the state began */
	uint64_t fell;      /* ms: when it last became unhealthy; 0: never */
	unsigned bad, good; /* probes in a row */
	unsigned wanted;    /* good probes to become healthy again */
};

/* One more probe at time now (ms, above 0). True when the state has changed. */
bool relay_health_note(struct relay_health *health, bool good, uint64_t now);

/* What was healthy is unhealthy at once, by a sign that needs no second probe. True when the state has changed. */
bool relay_health_fall(struct relay_health *health, uint64_t now);

/* "starting", "healthy", "unhealthy". */
const char *relay_health_text(enum relay_health_state state);

enum {
	RELAY_YIELD_LEAST_MS = 30000,   /* a relay that reaches everything again stays away as long as this */
	RELAY_YIELD_TAKEOVER_MS = 10000 /* so long it may take until peers send to the other one */
};

/* Does this relay leave its clients to another one, because that one reaches what this one does not? All zero: just started. */
struct relay_yield {
	struct relay_health reach;  /* is everything reached? */
	struct relay_health others; /* does another relay reach it, while this one does not? */
	bool yields;
	uint64_t since; /* ms: when that began, or ended */
	uint64_t vain;  /* ms: when it was found that nobody takes over; 0: never */
};

/* One look at the way out at time now (ms, above 0). True when reach has another state. */
bool relay_yield_reach_note(struct relay_yield *yield, bool good, uint64_t now);

/* One answer of the others: a relay could, and peers send to it already. True when yields has changed. */
bool relay_yield_others_note(struct relay_yield *yield, bool could, bool primary, uint64_t now);

/* The same when nothing but time has passed. */
bool relay_yield_decide(struct relay_yield *yield, uint64_t now);

#endif
