/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay up: put rules, device, routes and the advertised prefix in place. A second call changes nothing.
 * The daemons are not its business: nat64-relay.service starts them beside it, run has them as children.
 */
#include "relay/command.h"
#include "relay/common.h"
#include "relay/conflict/conflict.h"
#include "relay/setup/next_steps.h"
#include "relay/check/preflight.h"
#include "relay/host/runtime.h"
#include "relay/apply/bring_up.h"
#include "relay/cli/print.h"
#include "unbound/age.h"

#include <stdio.h>

/* That there is a newer one, with the two commands; nothing where there is none. */
static void unbound_age_warn(const struct conf_settings *settings)
{
	struct unboundconf_age age;

	if (!unboundconf_age_read(settings, "", &age) || age.newer[0] == '\0')
		return;
	relay_print_mark(RELAY_MARK_WARNING, "Unbound: built from %s, %s %s: it may lack security fixes", age.version,
			 age.newer, age.installed ? "is installed" : "is the version of the distribution");
	printf("           what to do: %s\n", unboundconf_age_advice(&age));
}

static int up(const struct conf_settings *settings, struct conf_report *report)
{
	int lock, exit_code;

	if (relay_preflight(settings, RELAY_FOR_UP, report) != 0)
		return RELAY_EXIT_REFUSED;
	lock = relay_runtime_open(settings, report);
	if (lock < 0)
		return RELAY_EXIT_REFUSED;
	exit_code = relay_bring_up(settings, report);
	relay_runtime_close(settings, lock, exit_code != RELAY_EXIT_OK && !relay_bring_up_is_begun(settings));
	if (exit_code == RELAY_EXIT_OK) {
		relay_next_steps_print(settings);
		unbound_age_warn(settings);
		relay_conflicts_warn(settings);
	}
	return exit_code;
}

int relay_up(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_run(command, config, argc, argv, up);
}
