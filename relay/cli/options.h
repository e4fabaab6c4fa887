/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a subcommand as a const table: parsed, and printed by --help, from the same lines. */
#ifndef RELAY_CLI_OPTIONS_H
#define RELAY_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct relay_command;

/* The values of an option that may be given several times; they point into argv. */
struct relay_words {
	const char *items[16];
	size_t count;
};

/* Exactly one of flag, text and words says where the value goes. */
struct relay_option {
	char letter;          /* 0: it has none */
	const char *name;     /* without the dashes */
	const char *argument; /* as --help writes it; NULL for a flag */
	const char *help;
	bool *flag;
	const char **text;
	struct relay_words *words;
};

enum { RELAY_OPTIONS_HELP = -1, RELAY_OPTIONS_WRONG = -2 };

/*
 * Parse argv[1] and on. -h and --help are known to every command, and print the table.
 * Returns the index of the first operand, or RELAY_OPTIONS_HELP when help was printed, or RELAY_OPTIONS_WRONG
 * when the message is on stderr: an unknown option, a missing value, more than max_operands operands.
 */
int relay_options_parse(const struct relay_command *command, int argc, char **argv, const struct relay_option *options,
			size_t count, int max_operands);

#endif
