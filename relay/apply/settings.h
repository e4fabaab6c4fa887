/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay.conf, read to be put in force. */
#ifndef RELAY_APPLY_SETTINGS_H
#define RELAY_APPLY_SETTINGS_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/*
 * Read relay.conf as it is to be put in force: what auto stands for is asked of tailscaled; while that cannot say, the copy of what is in
 * force goes on counting. A tailscaled that is starting, as at boot, gets time if we are patient and there is no copy.
 * NULL with messages: something is wrong, or neither knows.
 */
struct conf_settings *relay_settings_read(const char *path, bool patient, struct conf_report *report);

#endif
