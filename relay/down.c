/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64-relay down: take away what up put in place, and nothing else. A second call finds nothing to do. */
#include "relay/apply/advertised.h"
#include "relay/apply/active.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"
#include "relay/apply/bring_up.h"

#include "conf/settings.h"
#include "kernel/tun.h"

#include <stdio.h>
#include <unistd.h>

/* Who is in the way: no rights, a nat64-relay run that would put everything back, or the relay of another runtime folder. */
static int down_is_allowed(const struct conf_settings *settings, struct conf_report *report)
{
	pid_t holder = relay_runtime_holder(settings);

	if (geteuid() != 0)
		return conf_report_add(report, "this needs root: sudo nat64-relay down");
	if (holder != 0) {
		char kill[32];

		snprintf(kill, sizeof(kill), "kill %d", (int)holder);
		return conf_report_add(
			report,
			"another nat64-relay (pid %d) is running: stop it (%s), and it removes everything "
			"itself",
			(int)holder,
			relay_machine_process_is_of(holder, "nat64-relay.service") ? "systemctl stop nat64-relay" : kill);
	}
	return relay_bring_up_is_ours(settings, report) ? 0 : -1;
}

/* A daemon that is a service would soon be started again by systemd, and without its device. */
static void services_mention(const struct conf_settings *settings)
{
	pid_t translator = kernel_tun_holder(settings->translation.tun_device);

	if (translator != 0)
		printf("The translator (pid %d) still runs: systemctl stop nat64-relay stops it with the rest.\n",
		       (int)translator);
}

static int down(const struct conf_settings *settings, struct conf_report *report)
{
	int lock, failed;

	if (down_is_allowed(settings, report) != 0)
		return RELAY_EXIT_REFUSED;
	lock = relay_runtime_open(settings, report);
	if (lock < 0)
		return RELAY_EXIT_REFUSED;
	failed = relay_advertised_withdraw(settings, report) != 0;
	if (relay_runtime_orphans_end(settings) > 0)
		puts("Stopped the daemons of a killed nat64-relay run.");
	services_mention(settings);
	failed |= relay_tear_down(settings, report) != 0;
	relay_runtime_close(settings, lock, true);
	if (!failed)
		puts("The relay is down.");
	return failed ? RELAY_EXIT_FAILED : RELAY_EXIT_OK;
}

/* By the settings that are in force: relay.conf may have changed since, or be broken. */
int relay_down(const struct relay_command *command, const char *config, int argc, char **argv)
{
	const struct conf_option options[] = {RELAY_OPTION_CONFIG(&config)};
	struct relay_session session = {.settings = NULL};
	int parsed = relay_options_parse(command, argc, argv, options, 1, 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	session.settings = relay_active_find(config, &session.report);
	if (!session.settings)
		return relay_session_close(&session, RELAY_EXIT_REFUSED);
	return relay_session_close(&session, down(session.settings, &session.report));
}
