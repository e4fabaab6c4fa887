/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back of a reload that a part refuses, or that is killed on its way. */
#ifndef RELAY_APPLY_ROLLBACK_H
#define RELAY_APPLY_ROLLBACK_H

#include <jansson.h>
#include <stdbool.h>

struct conf_report;
struct conf_settings;
struct relay_generation;

/* What a reload goes back to, besides the files, which are a generation of their own. */
struct relay_snapshot {
	struct conf_settings *settings;
	json_t *maps; /* nat64d's answer to "maps" */
};

/*
 * Take it, and see that both daemons run, for they are to follow. settings: the active ones, which are the snapshot's own from here
 * on. 0, or -1 with messages: nothing can be reloaded. Clear it in either case.
 */
int relay_snapshot_save(struct relay_snapshot *snapshot, struct conf_settings *settings, struct conf_report *report);
void relay_snapshot_clear(struct relay_snapshot *snapshot);

/* Make a generation active, and remember the one before until relay_generation_forget. 0, or -1 with a message: nothing has changed. */
int relay_rollback_begin(const struct conf_settings *settings, const struct relay_generation *generation,
			 struct conf_report *report);

/*
 * Put all of it back: files, rules, kernel state, advertised routes, and the resolver when it was told of the new settings, anew as
 * for relay_unbound_reload. Then compare
 * each with the snapshot. 0: it is all in force again; -1 with a message for each part that is not.
 */
int relay_rollback(const struct relay_snapshot *snapshot, bool resolver, bool anew, struct conf_report *report);

/* With the lock of reload held: was one killed on its way? */
bool relay_rollback_is_due(const struct conf_settings *settings);

/* Make the generation before active again, and nothing else: the rest is still due. 0, or -1 with a message. */
int relay_rollback_files(const struct conf_settings *settings, struct conf_report *report);

/*
 * With the lock of reload held, put all back where that is due: files, rules, kernel state, advertised routes, resolver and translator.
 * Waits for the resolver, 20 seconds at most. 0, also when nothing is due; -1 with messages: it stays due.
 */
int relay_rollback_killed(const char *runtime_dir, struct conf_report *report);

/*
 * Have they other edge addresses? Unbound keeps the sockets that it has, and has no right to others: for another edge-address it must be
 * started anew.
 */
bool relay_rollback_edges_differ(const struct conf_settings *old, const struct conf_settings *settings);

#endif
