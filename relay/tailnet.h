/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command asks tailscaled besides routes. */
#ifndef RELAY_TAILNET_H
#define RELAY_TAILNET_H

struct conf_report;
struct conf_settings;

/*
 * Is tailscaled up, on a tailnet, and may we change its settings? While it is starting, as at boot, it gets 15 s.
 * 0, or -1 with what to do. Changes nothing.
 */
int relay_tailnet_check(const struct conf_settings *settings, struct conf_report *report);

/* The name, one label, of a host of the tailnet other than this node, one that is online if there is any. The caller frees it; NULL: none. */
char *relay_tailnet_peer(const struct conf_settings *settings);

#endif
