/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a subcommand: a table of conf/options.h. */
#ifndef RELAY_CLI_OPTIONS_H
#define RELAY_CLI_OPTIONS_H

#include "conf/options.h"

struct relay_command;

/* conf_options_parse of a subcommand. After --help the usage is printed, and after CONF_OPTIONS_WRONG the message is on stderr. */
int relay_options_parse(const struct relay_command *command, int argc, char **argv, const struct conf_option *options,
			size_t count, int max_operands);

/* The exit code of a subcommand whose options were not parsed: 0 after --help. */
int relay_options_exit(int parsed);

#endif
