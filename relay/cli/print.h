/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for people: marks, states, colour on a terminal only (and never with NO_COLOR). */
#ifndef RELAY_CLI_PRINT_H
#define RELAY_CLI_PRINT_H

#include "kernel/state.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct conf_log_fields;

enum relay_mark {
	RELAY_MARK_OK,
	RELAY_MARK_FAIL,
	RELAY_MARK_UNKNOWN,
	RELAY_MARK_WARNING,
};

/* "ok", "FAIL", "not known" or "warning". */
const char *relay_mark_text(enum relay_mark mark);

/* Is standard output a terminal that takes colours? */
bool relay_print_is_coloured(void);

/* One line: the mark, padded and coloured, then the text. */
void relay_print_mark(enum relay_mark mark, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line about an item of the machine's state: "added", "already there", "removed", "missing". */
void relay_print_item(const char *what, enum kernel_item_state state);

/*
 * Something has happened: "nat64-relay: " and the text, out at once. For a log; in the journal with its priority (syslog(3)),
 * NAT64_EVENT=name and the fields, which may be NULL.
 */
void relay_print_event(int priority, const char *name, const struct conf_log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* One line of a difference: '+' comes, '-' goes, '~' has another value. */
void relay_print_change(char mark, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A heading, in bold on a terminal. */
void relay_print_heading(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The whole answer of a command with --json. */
void relay_print_json(const json_t *object);

#endif
