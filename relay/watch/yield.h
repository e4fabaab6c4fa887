/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does this relay leave its clients to another one, because that one reaches what this one does not? Decided without a machine. */
#ifndef RELAY_WATCH_YIELD_H
#define RELAY_WATCH_YIELD_H

#include "relay/watch/health.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	RELAY_YIELD_LEAST_MS = 30000,   /* a relay that reaches everything again stays away as long as this */
	RELAY_YIELD_TAKEOVER_MS = 10000 /* so long it may take until peers send to the other one */
};

/* All zero: just started. */
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
