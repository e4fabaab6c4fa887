/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of watch, as its own process has written it. */
#include "relay/ask/watch_state.h"

#include "conf/json.h"
#include "relay/host/runtime.h"

#include <stdio.h>

json_t *relay_watch_state_read(const struct conf_settings *settings)
{
	FILE *stream = relay_runtime_memory_open(settings, RELAY_WATCH_STATE_NAME);
	json_t *state = stream ? json_loadf(stream, 0, NULL) : NULL;
	pid_t holder = relay_runtime_holder(settings);

	if (stream)
		fclose(stream);
	if (holder != 0 && conf_json_number(state, "pid") == holder)
		return state;
	json_decref(state);
	return json_null();
}
