/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload that was killed on its way has begun, and how it is undone. */
#ifndef RELAY_APPLY_UNDO_H
#define RELAY_APPLY_UNDO_H

#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct relay_before;

/* Keep on disk what is in force, before anything is changed. 0, or -1 with a message. */
int relay_undo_keep(const struct relay_before *before, struct conf_report *report);

/* All is done, or all is back. */
void relay_undo_forget(const struct conf_settings *settings);

/* For who holds the lock of reload: was one killed on its way? */
bool relay_undo_is_due(const struct conf_settings *settings);

/* Put the files back, and nothing else: the rest is still due. 0, or -1 with messages. */
int relay_undo_files(const struct conf_settings *settings, struct conf_report *report);

/*
 * With the lock of reload held, put all back where that is due: files, rules, kernel state, advertised routes, resolver and translator.
 * Waits for the resolver, 20 seconds at most. 0, also when nothing is due; -1 with messages: it stays due.
 */
int relay_undo(const char *runtime_dir, struct conf_report *report);

#endif
