/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay unbound-lines: what to put into an unbound.conf of one's own, when it is not the relay's private Unbound that
 * loads the module. The two must belong together, which is looked at first.
 */
#include "relay/command.h"
#include "relay/common.h"

#include "conf/settings.h"
#include "unbound/dry_run.h"
#include "unbound/conf.h"

#include <stdio.h>
#include <stdlib.h>

static int lines_print(const struct conf_settings *settings, struct conf_report *report)
{
	char *file;
	int result;

	if (unboundconf_module_check(settings->node.unbound_program, settings->node.unbound_module, report) != 0)
		return RELAY_EXIT_REFUSED;
	file = realpath(settings->file, NULL);
	result = unboundconf_lines_write(settings, file ? file : settings->file, stdout, report);
	free(file);
	return result == 0 ? RELAY_EXIT_OK : RELAY_EXIT_REFUSED;
}

int relay_unbound_lines(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_run(command, config, argc, argv, lines_print);
}
