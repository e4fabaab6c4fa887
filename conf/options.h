/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a command line as a const table: parsed, suggested after a slip, and printed by --help, from the same lines. */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf_report;

/* The values of an option that may be given several times; they point into argv. */
struct conf_words {
	const char *items[16];
	size_t count;
};

/* Exactly one of flag, text, words and set says where the value goes. */
struct conf_option {
	char letter;          /* 0: it has none */
	const char *name;     /* without the dashes */
	const char *argument; /* as --help writes it; NULL for a flag */
	const char *help;
	bool *flag;
	const char **text;
	struct conf_words *words;
	void (*set)(void *context, int value); /* for what several options have in common */
	void *context;
	int value;
};

struct conf_options {
	const struct conf_option *items;
	size_t count;     /* at most 24 */
	const char *help; /* what prints this table, for messages: "nat64-relay check --help" */
	bool stop_at_operand;
	int operands_max; /* -1: any number */
};

enum { CONF_OPTIONS_HELP = -1, CONF_OPTIONS_WRONG = -2 };

/*
 * Parse argv[1] and on, and store. -h and --help are in every table. Returns the index of the first operand, or CONF_OPTIONS_HELP as soon as one of
 * these comes, or CONF_OPTIONS_WRONG with a message: an unknown option, a missing value, too many operands.
 */
int conf_options_parse(const struct conf_options *options, int argc, char **argv, struct conf_report *report);

/* The table for people, a line an option. */
void conf_options_print(const struct conf_options *options, FILE *stream);

#endif
