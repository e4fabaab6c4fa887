/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of the settings that are in force: what was put in place is known even when relay.conf has changed since. */
#ifndef RELAY_APPLY_APPLIED_H
#define RELAY_APPLY_APPLIED_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;

/* The copy of the maps, beside that of the file. */
#define RELAY_APPLIED_MAPS "maps"

/* Keep a copy of the settings' file, and of the maps, in the runtime folder. 0, or -1 with a message. */
int relay_applied_keep(const struct conf_settings *settings, struct conf_report *report);

/* Is the settings' file, as it is now, what the copy holds? */
bool relay_applied_is(const struct conf_settings *settings);

/* The settings of the copy in this runtime folder; NULL when there is none that is ours and good. Says nothing. */
struct conf_settings *relay_applied_read(const char *runtime_dir);

/*
 * What down works by: the copy, and where there is none the file itself. The file is looked at for runtime-dir alone, and
 * may be broken otherwise; a broken one is said to standard error. NULL with messages when there is neither.
 */
struct conf_settings *relay_applied_find(const char *file, struct conf_report *report);

#endif
