/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy or unhealthy. A few bad probes in a row make it unhealthy, a few good ones healthy again; the first good probe after the start is enough.
 * A relay that becomes unhealthy again within the hour needs twice as many good probes: what flaps stays withdrawn longer each time,
 * and the control plane does not get a new route every few seconds.
 *
 * The routes are left to another relay when both are sure: this one does not reach what it is for, by several looks in a row, and another one does, by a
 * look of its own since then. When the other one fails too, the routes come back at once: two relays that share a cause, or a relay alone, lose nothing.
 * So they do when nobody takes over in time, for the other one's routes may not be approved, and then this is not tried again for an hour. What flaps needs
 * ever more good looks, as above, on either side, and a relay that is well again waits a while in any case.
 */
#include "relay/watch/health.h"

#include <stdbool.h>
#include <stdint.h>

static bool become(struct relay_health *health, enum relay_health_state state, uint64_t now)
{
	health->state = state;
	health->since = now;
	health->good = health->bad = 0;
	return true;
}

static bool fall(struct relay_health *health, uint64_t now)
{
	bool relapse = health->fell != 0 && now - health->fell < RELAY_HEALTH_FORGET_MS;

	health->wanted = relapse ? health->wanted * 2 : RELAY_HEALTH_GOOD;
	if (health->wanted > RELAY_HEALTH_GOOD_MAX)
		health->wanted = RELAY_HEALTH_GOOD_MAX;
	if (health->wanted < RELAY_HEALTH_GOOD)
		health->wanted = RELAY_HEALTH_GOOD;
	if (health->state == RELAY_HEALTH_STARTING) /* never healthy yet: nothing to live down */
		health->wanted = 1;
	health->fell = now;
	return become(health, RELAY_HEALTH_UNHEALTHY, now);
}

bool relay_health_note(struct relay_health *health, bool good, uint64_t now)
{
	if (health->since == 0)
		health->since = now;
	health->good = good ? health->good + 1 : 0;
	health->bad = good ? 0 : health->bad + 1;
	switch (health->state) {
	case RELAY_HEALTH_STARTING:
		if (good)
			return become(health, RELAY_HEALTH_HEALTHY, now);
		return health->bad >= RELAY_HEALTH_BAD_FIRST && fall(health, now);
	case RELAY_HEALTH_HEALTHY:
		return health->bad >= RELAY_HEALTH_BAD && fall(health, now);
	case RELAY_HEALTH_UNHEALTHY:
		return health->good >= health->wanted && become(health, RELAY_HEALTH_HEALTHY, now);
	}
	return false;
}

bool relay_health_fall(struct relay_health *health, uint64_t now)
{
	return health->state == RELAY_HEALTH_HEALTHY && fall(health, now);
}

const char *relay_health_text(enum relay_health_state state)
{
	static const char *const texts[] = {"starting", "healthy", "unhealthy"};

	return texts[state];
}

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
