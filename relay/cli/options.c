/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a subcommand, with its usage. */
#include "relay/cli/options.h"

#include "conf/report.h"
#include "relay/cli/command.h"

int relay_options_parse(const struct relay_command *command, int argc, char **argv, const struct conf_option *options,
			size_t count, int max_operands)
{
	char help[64];
	const struct conf_options all = {
		.items = options, .count = count, .help = help, .stop_at_operand = !command->run, .operands_max = max_operands};
	struct conf_report report = {0};
	int parsed;

	snprintf(help, sizeof(help), "nat64-relay %s%s--help", command->name, *command->name ? " " : "");
	parsed = conf_options_parse(&all, argc, argv, &report);
	conf_report_print(&report, "nat64-relay", stderr);
	conf_report_clear(&report);
	if (parsed == CONF_OPTIONS_HELP) {
		printf("usage: nat64-relay %s %s\n%s\n\n", command->name, command->arguments, command->help);
		conf_options_print(&all, stdout);
	}
	return parsed;
}

int relay_options_exit(int parsed)
{
	return parsed == CONF_OPTIONS_HELP ? RELAY_EXIT_OK : RELAY_EXIT_REFUSED;
}
