/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tailscaled says of itself: state, name, addresses, and which routes the control plane gave it. */
#ifndef TAILSCALE_STATUS_H
#define TAILSCALE_STATUS_H

#include "conf/settings.h"
#include "tailscale/value.h"

#include <stdbool.h>
#include <stddef.h>

struct tailscale_status {
	char *backend_state; /* "Running", "NeedsLogin", "Stopped", "Starting"... */
	char *version;
	char *id;               /* of this node, as the control plane's API names it */
	char *dns_name;         /* of this node, without the trailing dot; empty without a network map */
	char *magic_dns_suffix; /* without dots at its ends; empty without a network map */
	bool magic_dns_enabled;
	bool online;                    /* the control plane hears us */
	bool expired;                   /* the node key has: log in again */
	struct conf_address *addresses; /* this node's own */
	size_t address_count;
	struct tailscale_list allowed_ips;    /* own addresses and approved routes */
	struct tailscale_list primary_routes; /* approved routes that peers send here now */
	struct tailscale_list health;         /* tailscaled's own complaints, a line each, printable */
};

/* Ask. 0, or -1. The caller clears the status after 0. Works in every state of tailscaled. */
int tailscale_status_read(const char *socket, struct tailscale_status *status, struct conf_report *report);

/* 0 when tailscaled is up and on a tailnet; -1 when it is logged out, stopped or not there yet: the report says what to do. */
int tailscale_status_is_up(const struct tailscale_status *status, struct conf_report *report);

/* Has the control plane approved this route? Do peers send it here now (with several relays only one is primary)? */
bool tailscale_status_is_approved(const struct tailscale_status *status, const struct conf_prefix *prefix);
bool tailscale_status_is_primary(const struct tailscale_status *status, const struct conf_prefix *prefix);

void tailscale_status_clear(struct tailscale_status *status);

#endif
