/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, a line each: every library of the project reports its errors into one of these. */
#ifndef CONF_REPORT_H
#define CONF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A list of messages in the order they came. All zero is an empty report. */
struct conf_report {
	char **lines;
	size_t count;
	bool discards; /* messages are counted, and not kept: there is nothing to clear */
};

/* For a caller who has no use for the messages: an empty report that discards, of the block that it stands in. */
#define CONF_REPORT_DISCARD (&(struct conf_report){.discards = true})

/*
 * Add one message: what is wrong and what to do, without a newline. Running out of memory keeps the count alone. Always -1, so that a function which fails can
 * return it.
 */
int conf_report_add(struct conf_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with "FILE: line N: " before it; line 0, of what no line says, is left out. */
int conf_report_add_at(struct conf_report *report, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Write every message as a line, each behind "PROGRAM: ". */
void conf_report_print(const struct conf_report *report, const char *program, FILE *stream);

/* All messages in one line, "A; B; C", cut to size; "" for an empty report. */
void conf_report_join(const struct conf_report *report, char *text, size_t size);

/* Free the messages; the report is empty afterwards. */
void conf_report_clear(struct conf_report *report);

#endif
