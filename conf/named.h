/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that an option or a setting names. */
#ifndef CONF_NAMED_H
#define CONF_NAMED_H

#include <stdbool.h>
#include <stdio.h>

struct conf_report;

/*
 * Open it for reading. A pipe is one too, as from `-c <(...)`, while there is somebody who writes to it. NULL with errno, and *why: what stands in its
 * place. Waits for what a writer has still to write, and up to three seconds for a writer.
 */
FILE *conf_named_open(const char *path, const char **why);

/* Where the file is to be read again a pipe is refused, with a message. */
bool conf_named_is_pipe(const char *path, struct conf_report *report);

#endif
