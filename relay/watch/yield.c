/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The routes are left to another relay when both are sure: this one does not reach what it is for, by several looks in a row, and another one does, by a
 * look of its own since then. When the other one fails too, the routes come back at once: two relays that share a cause, or a relay alone, lose nothing.
 * So they do when nobody takes over in time, for the other one's routes may not be approved, and then this is not tried again for an hour. What flaps needs ever more good looks (relay/watch/health.c), on
 * either side, and a relay that is well again waits a while in any case.
 */
#include "relay/watch/yield.h"

bool relay_yield_reach_note(struct relay_yield *yield, bool good, uint64_t now)
{
	bool changed = relay_health_note(&yield->reach, good, now);

	if (changed && yield->reach.state == RELAY_HEALTH_UNHEALTHY) { /* nobody has been asked of this failure */
		yield->others.state = RELAY_HEALTH_STARTING;
		yield->others.good = yield->others.bad = 0;
	}
	return changed;
}

bool relay_yield_others_note(struct relay_yield *yield, bool could, bool primary, uint64_t now)
{
	if (yield->yields && could && !primary && now - yield->since >= RELAY_YIELD_TAKEOVER_MS) {
		relay_health_fall(&yield->others, now);
		yield->vain = now;
	}
	if (yield->vain != 0 && now - yield->vain < RELAY_HEALTH_FORGET_MS)
		could = false;
	relay_health_note(&yield->others, could, now);
	return relay_yield_decide(yield, now);
}

bool relay_yield_decide(struct relay_yield *yield, uint64_t now)
{
	bool needs = yield->reach.state == RELAY_HEALTH_UNHEALTHY, other = yield->others.state == RELAY_HEALTH_HEALTHY;
	bool yields = other && (needs || (yield->yields && now - yield->since < RELAY_YIELD_LEAST_MS));

	if (yields == yield->yields)
		return false;
	yield->yields = yields;
	yield->since = now;
	return true;
}
