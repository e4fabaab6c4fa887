/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings whose lines may say "auto", for what tailscaled says of this node. */
#ifndef RELAY_APPLY_RESOLVED_AUTO_H
#define RELAY_APPLY_RESOLVED_AUTO_H

#include <stdio.h>

struct conf_settings;

/*
 * Open the settings' file to read it in the words that auto stands for; line by line it is the same. *text is free()d after closing it.
 * NULL: it cannot be read, errno says why.
 */
FILE *relay_auto_open(const struct conf_settings *settings, char **text);

/* Of settings that were read from the copy: note which of their lines said auto. */
void relay_auto_note(struct conf_settings *settings);

#endif
