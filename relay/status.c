// SPDX-License-Identifier: GPL-2.0-or-later
// nat64-relay status: one screen. Everything is gathered into one JSON object first, which is either printed as it is or
// told line by line, so that both always agree.
#include "relay/command.h"
#include "relay/common.h"
#include "relay/left.h"
#include "relay/say.h"
#include "relay/status.h"

#include <jansson.h>
#include <stdio.h>

static int status_show(struct relay_session *session, bool json)
{
	json_t *status = relay_status_gather(session->settings, session->broken);

	if (json) {
		relay_say_json(status);
	} else {
		relay_status_print(status);
		relay_left_print(session->settings);
	}
	json_decref(status);
	return RELAY_EXIT_OK;
}

int relay_status(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_show(command, config, argc, argv, relay_session_ask, status_show);
}
