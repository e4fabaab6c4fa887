/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes that this node offers to its tailnet: add ours, take out ours, leave everybody else's alone. */
#ifndef TAILSCALE_ROUTES_H
#define TAILSCALE_ROUTES_H

#include <stddef.h>

struct conf_prefix;
struct conf_report;

/*
 * Offer these prefixes besides what is offered already. Returns 1 when that changed something, 0 when all of them were there, -1: not permitted,
 * logged out, stopped (a stopped node would offer them unseen, at a time nobody expects), or another program kept changing the list.
 */
int tailscale_routes_advertise(const char *socket, const struct conf_prefix *prefixes, size_t count,
			       struct conf_report *report);

/* Stop offering them. Returns 1 when that changed something, 0 when none was there, -1. Works on a stopped tailscaled too. */
int tailscale_routes_withdraw(const char *socket, const struct conf_prefix *prefixes, size_t count,
			      struct conf_report *report);

#endif
