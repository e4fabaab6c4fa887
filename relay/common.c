/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The beginning and the end that subcommands share. */
#include "relay/common.h"

#include "conf/settings.h"
#include "conf/tailnet.h"
#include "relay/apply/active.h"
#include "relay/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int relay_session_opened(struct relay_session *session)
{
	if (session->settings) {
		conf_report_print(&session->settings->notices, "nat64-relay: warning", stderr);
		return 0;
	}
	relay_session_close(session, RELAY_EXIT_REFUSED);
	return -1;
}

int relay_session_open(struct relay_session *session, const char *config)
{
	*session = (struct relay_session){0};
	session->settings = relay_settings_read(config, true, &session->report);
	return relay_session_opened(session);
}

/* Who asks goes by what is in force: a file that was edited and not reloaded says nothing of the relay that is up. */
static void force_follow(struct relay_session *session)
{
	struct conf_settings *applied = relay_active_read(session->settings->node.runtime_dir);
	char *file = applied && !relay_active_is(session->settings) ? strdup(session->settings->file) : NULL;

	if (!file) {
		conf_settings_free(applied);
		return;
	}
	free(applied->file);
	applied->file = file;
	conf_settings_free(session->settings);
	session->settings = applied;
	session->edited = true;
}

int relay_session_ask(struct relay_session *session, const char *config)
{
	struct conf_report broken = {0};

	*session = (struct relay_session){.settings = relay_settings_read(config, false, &broken)};
	if (!session->settings)
		session->settings = relay_active_find(config, CONF_REPORT_DISCARD);
	else
		conf_report_print(&session->settings->notices, "nat64-relay: warning", stderr);
	if (session->settings && conf_tailnet_unknown(session->settings) > 0) /* nothing is in force, and nothing wrong */
		conf_report_print(&broken, "nat64-relay: warning", stderr);
	else if (session->settings && broken.count > 0 && broken.lines[0])
		session->broken = strdup(broken.lines[0]);
	else if (session->settings)
		force_follow(session);
	if (session->settings) {
		conf_report_clear(&broken);
		return 0;
	}
	session->report = broken;
	relay_session_close(session, RELAY_EXIT_REFUSED);
	return -1;
}

int relay_session_close(struct relay_session *session, int exit_code)
{
	fflush(stdout);
	conf_report_print(&session->report, "nat64-relay", stderr);
	conf_report_clear(&session->report);
	conf_settings_free(session->settings);
	free(session->broken);
	*session = (struct relay_session){.settings = NULL};
	return exit_code;
}

int relay_session_run(const struct relay_command *command, const char *config, int argc, char **argv,
		      relay_session_work *work)
{
	const struct conf_option options[] = {RELAY_OPTION_CONFIG(&config)};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, 1, 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (relay_session_open(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, work(session.settings, &session.report));
}

int relay_session_show(const struct relay_command *command, const char *config, int argc, char **argv,
		       relay_session_opener *open, relay_session_view *view)
{
	bool json = false;
	const struct conf_option options[] = {RELAY_OPTION_CONFIG(&config), RELAY_OPTION_JSON(&json)};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, 2, 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (open(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, view(&session, json));
}
