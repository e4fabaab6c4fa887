// SPDX-License-Identifier: GPL-2.0-or-later
// Healthy or sick. A few bad looks in a row make it sick, a few good ones healthy again; the first good look after the start is enough.
// Who falls sick again within the hour has to show twice as many good looks: what flaps stays withdrawn longer each time,
// and the control plane is not told of a new route every few seconds.
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
	if (health->state == RELAY_HEALTH_STARTING) /* never well yet: nothing it has to live down */
		health->wanted = 1;
	health->fell = now;
	return become(health, RELAY_HEALTH_SICK, now);
}

bool relay_health_note(struct relay_health *health, bool well, uint64_t now)
{
	if (health->since == 0)
		health->since = now;
	health->good = well ? health->good + 1 : 0;
	health->bad = well ? 0 : health->bad + 1;
	switch (health->state) {
	case RELAY_HEALTH_STARTING:
		if (well)
			return become(health, RELAY_HEALTH_HEALTHY, now);
		return health->bad >= RELAY_HEALTH_BAD_FIRST && fall(health, now);
	case RELAY_HEALTH_HEALTHY:
		return health->bad >= RELAY_HEALTH_BAD && fall(health, now);
	case RELAY_HEALTH_SICK:
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
	static const char *const texts[] = {"starting", "healthy", "sick"};

	return texts[state];
}
