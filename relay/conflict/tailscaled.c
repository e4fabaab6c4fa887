/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of tailscaled that stop what is relayed. Accepting routes is none: our policy rules lead the prefix past its table, also
 * when another relay advertises the same. Nor is its netfilter mode: whether its rules are in the way is the firewalls' topic.
 */
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "tailscale/prefs.h"

static void setting_add(struct relay_conflicts *conflicts, enum relay_finding_id id, const char *text, const char *cure)
{
	relay_conflict_set(conflicts, id, "%s", text);
	relay_conflict_advise(conflicts, "%s", cure);
}

void relay_conflict_tailscaled(struct relay_conflicts *conflicts)
{
	struct tailscale_prefs prefs;

	if (!conflicts->settings->node.advertise_none &&
	    tailscale_prefs_read(conflicts->settings->node.tailscale_socket, &prefs, CONF_REPORT_DISCARD) == 0) {
		if (prefs.shields_up)
			setting_add(conflicts, FINDING_SHIELDS_UP, "it blocks incoming connections (shields-up)",
				    "tailscale set --shields-up=false");
		if (prefs.stateful_filtering)
			setting_add(conflicts, FINDING_STATEFUL_FILTERING, "its stateful filtering drops relayed packets",
				    "tailscale set --stateful-filtering=false");
		tailscale_prefs_clear(&prefs);
	}
}
