/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a client of the tailnet get what was entered? */
#ifndef RELAY_SETUP_TAILNET_VERIFY_H
#define RELAY_SETUP_TAILNET_VERIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct conf_settings;

/* What was seen. seconds: until this node was told; < 0: it was not, within half a minute. */
struct relay_tailnet_seen {
	double seconds;
	bool asked, answered; /* through MagicDNS, a name below the first domain */
};

/*
 * zones: zone -> [resolver], entered at `since` (relay_clock_ms). This node is a client like any other: wait until its tailscaled hands the zones to us, then
 * ask through MagicDNS.
 */
void relay_tailnet_verify(const struct conf_settings *settings, const json_t *zones, uint64_t since,
			  struct relay_tailnet_seen *seen);

/* As lines for people, with how long a client takes to notice. */
void relay_tailnet_seen_print(const struct relay_tailnet_seen *seen);

#endif
