/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of settings as systemd has them: sysctl.d(5), networkd.conf.d. */
#ifndef RELAY_HOST_DROPIN_H
#define RELAY_HOST_DROPIN_H

#include <stdbool.h>
#include <stddef.h>

/* Called for each line NAME = VALUE; comments and sections are left out. A '-' before the name is, too. */
typedef void relay_dropin_visitor(void *context, const char *path, unsigned line, char *name, const char *value);

/* Read one file; nothing when it is not there. */
void relay_dropin_file(const char *path, relay_dropin_visitor *visitor, void *context);

/*
 * Read the files NAME.conf of all folders in the order of their names: one hides those of the same name in folders that stand
 * behind its own.
 */
void relay_dropins_read(const char *const *folders, size_t count, relay_dropin_visitor *visitor, void *context);

#endif
