/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other settings for a relay that is up. */
#ifndef RELAY_RELOAD_H
#define RELAY_RELOAD_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* Add a message for each directive that differs and takes a restart. 0, or -1. */
int relay_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report);

/*
 * Have they other edge addresses? Unbound keeps the sockets that it has, and has no right to others: for another edge-address it must be
 * started anew.
 */
bool relay_reload_edges_differ(const struct conf_settings *old, const struct conf_settings *settings);

#endif
