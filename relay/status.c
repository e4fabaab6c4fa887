/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay status: is all well, what goes through, what is left to do; with --verbose one screen. Everything is gathered into one
 * JSON object first, which is either printed as it is or told line by line, so that both always agree.
 */
#include "relay/command.h"
#include "relay/common.h"
#include "relay/setup/next_steps.h"
#include "relay/cli/options.h"
#include "relay/cli/print.h"
#include "relay/show/status.h"
#include "unbound/age.h"

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { REPEAT_MS = 2000 };

static int status_show(const struct relay_session *session, bool json, bool whole)
{
	struct relay_traffic before = relay_traffic_read(session->settings);
	json_auto_t *status = relay_status_gather(session->settings, session->edited, session->broken);
	char verdict[RELAY_STATUS_VERDICT];
	bool works;

	json_object_set_new(status, "traffic", relay_traffic_gather(session->settings, &before));
	json_object_set_new(status, "unbound",
			    unboundconf_age_json(session->settings)); /* not for metrics: it reads tens of megabytes */
	works = relay_status_works(status, verdict);
	if (json) {
		json_object_set_new(status, "works", json_boolean(works));
		json_object_set_new(status, "verdict", json_string(verdict));
		relay_print_json(status);
	} else {
		relay_status_print(status, whole);
		if (!relay_status_is_down(status) && !relay_next_steps_print(session->settings))
			printf("%-11snothing is left to do\n", "to do");
	}
	return works ? RELAY_EXIT_OK : RELAY_EXIT_FAILED;
}

/* On a terminal each takes the place of the one before; elsewhere they follow each other. Until a signal, or until nobody reads. */
static int status_repeat(const char *config, bool json, bool whole)
{
	const bool is_terminal = isatty(STDOUT_FILENO);
	struct relay_session session;
	int exit_code = RELAY_EXIT_OK;

	while (exit_code != RELAY_EXIT_REFUSED) {
		if (relay_session_ask(&session, config) != 0)
			return RELAY_EXIT_REFUSED;
		if (is_terminal && !json)
			fputs("\033[H\033[2J", stdout);
		exit_code = relay_session_close(&session, status_show(&session, json, whole));
		if (fflush(stdout) != 0 || ferror(stdout))
			break;
		poll(NULL, 0, REPEAT_MS);
	}
	return exit_code;
}

int relay_status(const struct relay_command *command, const char *config, int argc, char **argv)
{
	bool json = false, whole = false, repeat = false;
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		RELAY_OPTION_JSON(&json),
		{'w', "watch", NULL, "print it again every two seconds, until Ctrl-C", .flag = &repeat},
		{'v', "verbose", NULL, "print every part, and not only faults", .flag = &whole},
	};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (repeat)
		return status_repeat(config, json, whole);
	if (relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, status_show(&session, json, whole));
}
