// SPDX-License-Identifier: GPL-2.0-or-later
// nat64-relay status: one screen. Everything is gathered into one JSON object first, which is either printed as it is or
// told line by line, so that both always agree.
#include "relay/command.h"
#include "relay/common.h"
#include "relay/left.h"
#include "relay/status.h"

#include <jansson.h>
#include <stdio.h>

int relay_status(const struct relay_command *command, const char *config, int argc, char **argv)
{
	bool json = false;
	const struct relay_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "json", NULL, "print one JSON object", .flag = &json},
	};
	struct relay_session session;
	json_t *status;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (relay_session_open(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	status = relay_status_gather(session.settings);
	if (json) {
		json_dumpf(status, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		relay_status_print(status);
		relay_left_print(session.settings);
	}
	json_decref(status);
	return relay_session_close(&session, RELAY_EXIT_OK);
}
