/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a subcommand is, and how it ends. */
#ifndef RELAY_CLI_COMMAND_H
#define RELAY_CLI_COMMAND_H

/* Exit codes of every subcommand; check gives REFUSED a wider meaning (nat64-relay(8)). */
enum relay_exit {
	RELAY_EXIT_OK = 0,
	RELAY_EXIT_FAILED = 1,  /* begun, and went wrong on the way */
	RELAY_EXIT_REFUSED = 2, /* bad input: nothing was changed */
};

struct relay_command {
	const char *name;
	const char *arguments; /* as the manual writes them */
	const char *help;
	/* argv[0] is the subcommand's name; config is the settings file named before it. Returns an enum relay_exit. */
	int (*run)(const struct relay_command *command, const char *config, int argc, char **argv);
};

#endif
