/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command asks tailscaled besides routes. */
#ifndef RELAY_ASK_TAILNET_H
#define RELAY_ASK_TAILNET_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct conf_tailnet;
struct tailscale_prefs;
struct tailscale_status;

/*
 * Is tailscaled up, on a tailnet, and may we change its settings? While it is starting, as at boot, it gets
 * 15 s if we are patient. 0, or -1 with what to do. Changes nothing.
 */
int relay_tailnet_check(const struct conf_settings *settings, bool patient, struct conf_report *report);

/* Ask tailscaled what auto stands for, as patient as above. 0, or -1 with what to do. */
int relay_tailnet_ask(const char *socket, bool patient, struct conf_tailnet *node, struct conf_report *report);

/* What a status says of this node. */
void relay_tailnet_node(const struct tailscale_status *status, struct conf_tailnet *node);

/*
 * Is the control plane headscale, and not Tailscale's own? Seen with headscale 0.29.2: it does not tell a node that a
 * route of its own was approved, so that a missing approval is "not known" there.
 */
bool relay_tailnet_is_headscale(const struct tailscale_prefs *prefs);

/*
 * The name, one label, of a host of the tailnet other than this node, one that is online if there is any. The caller
 * frees it; NULL: none.
 */
char *relay_tailnet_peer(const struct conf_settings *settings);

#endif
