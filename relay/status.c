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

static int status_show(const struct conf_settings *settings, bool json, struct conf_report *report)
{
	json_t *status = relay_status_gather(settings);

	(void)report; /* what cannot be had is told as not known */
	if (json) {
		relay_say_json(status);
	} else {
		relay_status_print(status);
		relay_left_print(settings);
	}
	json_decref(status);
	return RELAY_EXIT_OK;
}

int relay_status(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_show(command, config, argc, argv, status_show);
}
