/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines for an unbound.conf of the user's own. */
#ifndef UNBOUND_LINES_H
#define UNBOUND_LINES_H

#include <stdio.h>

struct conf_report;
struct conf_settings;

/* Write them, with comments that say why; file is the absolute path of relay.conf. 0, or -1 with a message: no split domain. */
int unboundconf_lines_write(const struct conf_settings *settings, const char *file, FILE *stream,
			    struct conf_report *report);

#endif
