/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generations of the active settings in the runtime folder: a folder each, and one link that says which is active. */
#ifndef RELAY_HOST_GENERATION_H
#define RELAY_HOST_GENERATION_H

#include <stdbool.h>
#include <stddef.h>

struct conf_report;
struct conf_settings;

/* The links. PREVIOUS is there only while a reload is on its way: what the reload goes back to. */
#define RELAY_GENERATION_CURRENT  "current"
#define RELAY_GENERATION_PREVIOUS "previous"

/* The files of a generation; under the same names the runtime folder has links to those of the active one. */
#define RELAY_GENERATION_SETTINGS "relay.conf"
#define RELAY_GENERATION_MAPS     "maps"
#define RELAY_GENERATION_UNBOUND  "unbound.conf"

/* Room for "gen-" and a number. */
enum { RELAY_GENERATION_ROOM = 16 };

/*
 * The path of a file in the generation that a link leads to; the caller frees it. Of the file in the runtime folder itself, where earlier versions had it, when
 * the link leads to none that is root's: only conf_file_open tells whether it is there, and root's. NULL out of memory.
 */
char *relay_generation_path(const char *runtime_dir, const char *link, const char *file);

/* Make an empty generation, after the active one. 0, or -1 with a message. */
int relay_generation_make(const struct conf_settings *settings, char name[RELAY_GENERATION_ROOM],
			  struct conf_report *report);

/* Have a link lead to that generation, by one rename(2). 0, or -1 with a message. */
int relay_generation_commit(const struct conf_settings *settings, const char *link, const char *name,
			    struct conf_report *report);

/* The name of the generation that a link leads to. False: there is none that is root's. */
bool relay_generation_find(const char *runtime_dir, const char *link, char name[RELAY_GENERATION_ROOM]);

/* Remove PREVIOUS, and then each generation that is not active. */
void relay_generation_forget(const struct conf_settings *settings);

/*
 * In the open runtime folder, where nothing of the names above is anybody's but root's: the files of an earlier version become a generation, and the links to
 * the files are there. 0, or -1 with errno.
 */
int relay_generation_settle(int folder);

/* In the open runtime folder, remove the generations that no link leads to. */
void relay_generation_remove(int folder);

#endif
