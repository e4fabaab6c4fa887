/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines that a user has written for Unbound, in the files of unbound-include-dir: read, and judged. */
#ifndef UNBOUND_OWN_LINES_H
#define UNBOUND_OWN_LINES_H

#include <stddef.h>
#include <stdio.h>

struct conf_report;
struct conf_settings;

enum { UNBOUNDCONF_OWN_VALUES = 3 };

/* One option, as "local-zone: NAME TYPE". */
struct unboundconf_own_line {
	char *file;
	unsigned number;
	const char *clause;                   /* "server"; static */
	unsigned ordinal;                     /* of the clause: the lines of one clause have the same */
	char *keyword;                        /* without the colon; for the head of a clause it is the clause */
	char *values[UNBOUNDCONF_OWN_VALUES]; /* NULL: there are no more; values beyond the third are left out */
};

struct unboundconf_own_lines {
	struct unboundconf_own_line *items;
	size_t count;
	unsigned clauses, files;
};

/* Read the files in the order of their names, and what they include. A file that cannot be read is left out: unbound-checkconf names it. */
void unboundconf_own_lines_read(const struct conf_settings *settings, struct unboundconf_own_lines *lines);
void unboundconf_own_lines_clear(struct unboundconf_own_lines *lines);

/* Can all of the user's files be opened? Unbound would wait for a pipe that nobody writes to. 0, or -1 with a message for each that cannot. */
int unboundconf_own_files_check(const struct conf_settings *settings, struct conf_report *report);

/* A value of a line, which may be NULL; "" where there is none. */
const char *unboundconf_own_line_value(const struct unboundconf_own_line *line, size_t index);

/* The last line of a clause with the keyword, which is the one that Unbound takes; NULL. */
const struct unboundconf_own_line *unboundconf_own_lines_last(const struct unboundconf_own_lines *lines,
							      const char *clause, const char *keyword);

/* The line of the same clause as another one; NULL. */
const struct unboundconf_own_line *unboundconf_own_lines_beside(const struct unboundconf_own_lines *lines,
								const struct unboundconf_own_line *line,
								const char *keyword);

/*
 * Report each line that stops split names, or Unbound itself, although unbound-checkconf takes it: file, line, what it does, and what to
 * do. 0: none.
 */
int unboundconf_own_lines_judge(const struct conf_settings *settings, struct conf_report *report);

/* The order of modules that "rpz:" and "response-ip:" need; NULL: Unbound knows none with this relay.conf. */
const char *unboundconf_own_lines_order(const struct conf_settings *settings);

/* Behind the lines of the user: that order, where one of them needs it and none is a module-config. */
void unboundconf_own_lines_write_order(const struct conf_settings *settings, FILE *stream);

#endif
