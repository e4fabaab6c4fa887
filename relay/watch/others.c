/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request to each of the other relays. The first that reaches everything is enough; else the last one's words are the reason. */
#include "relay/watch/others.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "relay/ask/other_relay.h"
#include "relay/host/clock.h"
#include "relay/host/machine.h"
#include "tailscale/netmap.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { ONE_MS = 1500 };

static void text_set(struct relay_others *others, const struct relay_other *other, const char *what)
{
	char address[INET6_ADDRSTRLEN];

	snprintf(others->text, sizeof(others->text), "%s (%s) %s", other->name,
		 relay_machine_address_print(&other->addresses[0], address), what);
}

static void one_ask(const struct relay_others_job *job, const struct relay_other *other, struct relay_others *others)
{
	struct relay_other_health health;
	uint64_t now;

	relay_other_ask(job->settings, other, ONE_MS, job->look, &health);
	now = relay_clock_ms();
	if (!health.answered)
		text_set(others, other, "its http-listen does not answer");
	else if (!health.works || (health.says && !health.reaches))
		text_set(others, other, "does not work either");
	else if (!health.says)
		text_set(others, other, "does not report what it reaches");
	else if (health.age > now || now - health.age <= job->since) {
		text_set(others, other, "has not checked since");
		others->waiting = true;
	} else {
		text_set(others, other, "reaches everything");
		others->could = true;
		others->primary = other->primary;
	}
}

void relay_others_run(const void *context, void *result)
{
	const struct relay_others_job *job = context;
	struct relay_others *others = result;
	struct relay_other list[RELAY_OTHERS_MAX];
	struct tailscale_netmap netmap;
	size_t count;

	snprintf(others->text, sizeof(others->text), "tailscaled does not report the other relays");
	if (tailscale_netmap_read(job->settings->node.tailscale_socket, &netmap, CONF_REPORT_DISCARD) == 0) {
		snprintf(others->text, sizeof(others->text), "no other relay advertises these routes");
		count = relay_others_find(job->settings, &netmap, list);
		for (size_t i = 0; i < count && !others->could; i++)
			one_ask(job, &list[i], others);
		tailscale_netmap_clear(&netmap);
	}
}
