/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was in force before a reload, kept so that it can be put back when a part refuses the new settings. */
#ifndef RELAY_APPLY_BEFORE_H
#define RELAY_APPLY_BEFORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct conf_report;
struct conf_settings;

/* A file of the runtime folder as it was; text is NULL when it was not there. */
struct relay_before_file {
	const char *name;
	char *text;
	size_t length;
	struct stat status;
};

enum { RELAY_BEFORE_FILES = 3 };
extern const char *const relay_before_names[RELAY_BEFORE_FILES];

/* Behind the name of a file: where relay/apply/undo.c keeps it while a reload is at work. */
#define RELAY_BEFORE_NAME ".before"

struct relay_before {
	struct conf_settings *settings;
	struct relay_before_file files[RELAY_BEFORE_FILES];
	json_t *maps; /* nat64d's answer to "maps" */
};

/*
 * Remember it, and see that both daemons run, for they are to follow. settings: those in force, which are the memory's own from here
 * on. 0, or -1 with messages: nothing can be reloaded. Clear it in either case.
 */
int relay_before_take(struct relay_before *before, struct conf_settings *settings, struct conf_report *report);

/*
 * Put all of it back: files, rules, kernel state, advertised routes, and the resolver when it was told of the new settings, anew as
 * for relay_unbound_control_reload. Then compare
 * each with what was remembered. 0: it is all in force again; -1 with a message for each part that is not.
 */
int relay_before_put_back(const struct relay_before *before, bool resolver, bool anew, struct conf_report *report);

/* Its parts, for relay/apply/undo.h. Read a file, or put one with its mode and owner, under its name and what is added to it. 0, or -1. */
int relay_before_file_take(const struct conf_settings *settings, struct relay_before_file *file, const char *added, struct conf_report *report);
int relay_before_file_put(const struct conf_settings *settings, const struct relay_before_file *file, const char *added,
			  struct conf_report *report);

/* Until the resolver has told that it has read its files again, 20 seconds at most; then why it does not. */
void relay_before_resolver_return(const struct conf_settings *settings, bool anew, struct conf_report *report);

void relay_before_clear(struct relay_before *before);

#endif
