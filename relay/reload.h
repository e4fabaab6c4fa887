/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other settings for a relay that is up. */
#ifndef RELAY_RELOAD_H
#define RELAY_RELOAD_H

struct conf_report;
struct conf_settings;

/* Add a message for each directive that differs and takes a restart. 0, or -1. */
int relay_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report);

#endif
