/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The active settings: what was put in place is known even when relay.conf has changed since. */
#ifndef RELAY_APPLY_ACTIVE_H
#define RELAY_APPLY_ACTIVE_H

#include "relay/host/generation.h"

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* A generation that is whole, and not committed yet. */
struct relay_generation {
	char name[RELAY_GENERATION_ROOM];
	bool resolver_differs; /* its unbound.conf is another one than the active one */
};

/*
 * Make a generation of the settings' file as it is now, of the maps and of the own lines for Unbound. When the active one has all of that already, it is the
 * active one. 0, or -1 with a message.
 */
int relay_active_make(const struct conf_settings *settings, struct relay_generation *generation,
		      struct conf_report *report);

/* From here on it is active, whatever a reload that was killed has left. 0, or -1 with a message. */
int relay_active_commit(const struct conf_settings *settings, const struct relay_generation *generation,
			struct conf_report *report);

/* Is the settings' file, as it is now, what is active? */
bool relay_active_is(const struct conf_settings *settings);

/* The active settings of this runtime folder, under the name that the daemons read; NULL when there are none that are root's and good. Prints nothing. */
struct conf_settings *relay_active_read(const char *runtime_dir);

/*
 * What down works by: the active settings, and where there are none the file itself. The file is read for runtime-dir alone, and
 * may be broken otherwise; what is wrong with it is printed to standard error. NULL with messages when there is neither.
 */
struct conf_settings *relay_active_find(const char *file, struct conf_report *report);

/*
 * Read relay.conf as it is to be put in force: what auto stands for is asked of tailscaled; while that cannot say, the copy of what is in
 * force goes on counting. A tailscaled that is starting, as at boot, gets time if we are patient and there is no copy.
 * NULL with messages: something is wrong, or neither knows.
 */
struct conf_settings *relay_settings_read(const char *path, bool patient, struct conf_report *report);

#endif
