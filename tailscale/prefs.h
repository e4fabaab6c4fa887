/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tailscaled's preferences: what `tailscale set` and `tailscale up` have told it. */
#ifndef TAILSCALE_PREFS_H
#define TAILSCALE_PREFS_H

#include "tailscale/value.h"

#include <stdbool.h>

struct conf_report;

struct tailscale_prefs {
	struct tailscale_list advertise_routes; /* as tailscaled writes them, the exit node's pair of default routes included */
	char *control_url; /* empty before the first login; https://controlplane.tailscale.com is Tailscale's own */
	char *operator;    /* the user who may change these besides root; empty: nobody */
	char *hostname;    /* asked for; the control plane may have given another */
	bool route_all;    /* --accept-routes */
	bool corp_dns;     /* --accept-dns */
	bool want_running; /* false after `tailscale down` */
	bool logged_out;
	bool shields_up;         /* --shields-up: nothing comes in, so nothing can be relayed */
	bool no_snat;            /* --snat-subnet-routes=false */
	bool stateful_filtering; /* --stateful-filtering: drops what the relay sends on behalf of others */
};

/* Ask. 0, or -1. The caller clears the prefs after 0. */
int tailscale_prefs_read(const char *socket, struct tailscale_prefs *prefs, struct conf_report *report);

void tailscale_prefs_clear(struct tailscale_prefs *prefs);

#endif
