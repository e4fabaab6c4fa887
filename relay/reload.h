/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other settings for a relay that is up. */
#ifndef RELAY_RELOAD_H
#define RELAY_RELOAD_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct relay_before;

/* Add a message for each directive that differs and takes a restart. 0, or -1. */
int relay_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report);

/*
 * Have they other edge addresses? Unbound keeps the sockets that it has, and has no right to others: for another edge-address it must be
 * started anew.
 */
bool relay_reload_edges_differ(const struct conf_settings *old, const struct conf_settings *settings);

/* The files of the runtime folder are those of the new settings: is there anything in them that Unbound, or the module, has not read yet? */
bool relay_reload_concerns_resolver(const struct relay_before *before, const struct conf_settings *settings);

#endif
