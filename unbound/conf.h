/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated unbound.conf, and the lines for one of the user's own. */
#ifndef UNBOUND_CONF_H
#define UNBOUND_CONF_H

#include <stdio.h>

struct conf_report;
struct conf_settings;

/*
 * Write the whole file, from "server:" to the include of the user's own lines, every block with a comment. The caller that starts
 * Unbound with it sets the environment variable NAT64_RELAY_CONF to the settings' file, or a copy: a module gets no arguments.
 * 0, or -1 when a setting is missing or the stream cannot be written.
 */
int unboundconf_conf_write(const struct conf_settings *settings, FILE *stream, struct conf_report *report);

/* The same without the include. */
int unboundconf_conf_write_generated(const struct conf_settings *settings, FILE *stream, struct conf_report *report);

/* Write the lines for an unbound.conf of the user's own, with comments that say why; file is the absolute path of relay.conf. 0, or -1 with a message: no split domain. */
int unboundconf_lines_write(const struct conf_settings *settings, const char *file, FILE *stream,
			    struct conf_report *report);

#endif
