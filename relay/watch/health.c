/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy or unhealthy. A few bad probes in a row make it unhealthy, a few good ones healthy again; the first good probe after the start is enough.
 * A relay that becomes unhealthy again within the hour needs twice as many good probes: what flaps stays withdrawn longer each time,
 * and the control plane does not get a new route every few seconds.
 */
#include "relay/watch/health.h"

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
