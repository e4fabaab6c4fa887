/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One poll of tailscaled, and one change. A tailscaled that is stopped, logged out or absent is no failure: the result says so, and nothing is
 * changed in it.
 */
#include "relay/watch/tailnet_poll.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "relay/apply/advertised.h"
#include "relay/ask/tailnet.h"
#include "tailscale/prefs.h"
#include "tailscale/routes.h"
#include "tailscale/status.h"

#include <stdio.h>

static void why_set(struct relay_tailnet_poll *look, const struct conf_report *report)
{
	snprintf(look->why, sizeof(look->why), "%s",
		 report->count > 0 && report->lines[0] ? report->lines[0] : "out of memory");
}

static bool state_poll(const struct conf_settings *settings, struct relay_tailnet_poll *look, struct conf_report *report)
{
	struct tailscale_status status;

	if (tailscale_status_read(settings->node.tailscale_socket, &status, report) != 0)
		return false;
	look->up = tailscale_status_is_up(&status, report) == 0;
	relay_tailnet_node(&status, &look->node);
	tailscale_status_clear(&status);
	return look->up;
}

static bool route_is_among(const struct tailscale_list *routes, const struct conf_prefix *prefix)
{
	struct conf_prefix parsed;

	for (size_t i = 0; i < routes->count; i++)
		if (conf_prefix_parse(routes->items[i], &parsed) == 0 && conf_prefix_equals(&parsed, prefix))
			return true;
	return false;
}

static int routes_poll(const struct conf_settings *settings, struct relay_tailnet_poll *look, struct conf_report *report)
{
	struct tailscale_prefs prefs;

	if (tailscale_prefs_read(settings->node.tailscale_socket, &prefs, report) != 0)
		return -1;
	look->all = true;
	for (size_t i = 0; i < settings->node.advertised_count; i++) {
		bool there = route_is_among(&prefs.advertise_routes, &settings->node.advertised[i]);

		look->all &= there;
		look->any |= there;
	}
	tailscale_prefs_clear(&prefs);
	return 0;
}

static int request_run(const struct relay_tailnet_job *job, struct relay_tailnet_poll *look, struct conf_report *report)
{
	const struct conf_settings *settings = job->settings;
	int changed = 0;

	if (job->request == RELAY_TAILNET_ADVERTISE)
		changed = relay_advertised_offer(settings, job->first, report);
	else if (job->request == RELAY_TAILNET_WITHDRAW)
		changed = tailscale_routes_withdraw(settings->node.tailscale_socket, settings->node.advertised,
						    settings->node.advertised_count, report);
	look->changed = changed == 1;
	return changed < 0 ? -1 : 0;
}

void relay_tailnet_poll(const void *job, void *result)
{
	const struct relay_tailnet_job *asked = job;
	struct relay_tailnet_poll *look = result;
	struct conf_report report = {0};

	look->request = asked->request;
	if (state_poll(asked->settings, look, &report))
		look->failed = request_run(asked, look, &report) != 0 || routes_poll(asked->settings, look, &report) != 0;
	if (!look->up || look->failed)
		why_set(look, &report);
	conf_report_clear(&report);
}
