/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings whose lines may say "auto", for what tailscaled says of this node. */
#ifndef RELAY_APPLY_AUTOMATIC_H
#define RELAY_APPLY_AUTOMATIC_H

#include <stdbool.h>
#include <stdio.h>

struct conf_report;
struct conf_settings;

/*
 * Read relay.conf as it is to be put in force: what auto stands for is asked of tailscaled; while that cannot say, the copy of what is in
 * force goes on counting. A tailscaled that is starting, as at boot, gets time if we are patient and there is no copy.
 * NULL with messages: something is wrong, or neither knows.
 */
struct conf_settings *relay_settings_read(const char *path, bool patient, struct conf_report *report);

/*
 * Open the settings' file to read it in the words that auto stands for; line by line it is the same. *text is free()d after closing it.
 * NULL: it cannot be read, errno says why.
 */
FILE *relay_automatic_open(const struct conf_settings *settings, char **text);

/* Of settings that were read from the copy: note which of their lines said auto. */
void relay_automatic_note(struct conf_settings *settings);

#endif
