/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of relay.conf, tayga.conf and a map-file: lines of words. */
#ifndef CONF_LINES_H
#define CONF_LINES_H

#include <stddef.h>
#include <stdio.h>

struct conf_directive;
struct conf_report;

/* One line, split into words: words[0] is the keyword. */
struct conf_line {
	const char *file;
	unsigned number;
	char **words;
	size_t count;
	const struct conf_directive *directive; /* of a settings' file, once it is to be stored: what the keyword names */
};

/* Called for each line that has words; they are gone after the call. */
typedef void conf_lines_visitor(void *context, const struct conf_line *line, struct conf_report *report);

/* Read the stream to its end. file names it in messages. What is no line of text is put into the report, and left out. */
void conf_lines_read(FILE *stream, const char *file, conf_lines_visitor *visit, void *context, struct conf_report *report);

#endif
