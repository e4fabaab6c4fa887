/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unbound forgets at a reload what it has not answered. The module stops listening in each thread when somebody connects to its socket
 * (module/drain.c). Then Unbound's statistics tell how many clients wait. They pass through the event loop of each thread: the first answer may have been
 * given before the thread saw the connection, in the same round of the loop; the second has not.
 *
 * The client of a silent upstream is told so after 1.8 seconds: longer than that nobody waits.
 */
#include "unbound/drain.h"

#include "conf/clock.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "conf/stream.h"
#include "unbound/stats.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DRAIN_MS = 2000, STEP_MS = 5 };

/* False where nobody listens. */
static bool command_send(const struct conf_settings *settings)
{
	char *path;
	int connection;

	if (asprintf(&path, "%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_DRAIN_SOCKET, settings->node.runtime_dir) < 0)
		return false;
	connection = conf_stream_connect_local(path, conf_stream_deadline(DRAIN_MS));
	free(path);
	if (connection >= 0)
		close(connection);
	return connection >= 0;
}

/* How many clients wait; -1: Unbound does not say. */
static long long clients_wait(const struct conf_settings *settings)
{
	json_auto_t *stats = unboundconf_stats_ask(settings, CONF_REPORT_DISCARD);

	return stats ? json_integer_value(json_object_get(stats, "waiting")) : -1;
}

void unboundconf_drain(const struct conf_settings *settings)
{
	uint64_t end = (uint64_t)conf_clock_ms(CLOCK_MONOTONIC) + DRAIN_MS;

	if (!command_send(settings) || clients_wait(settings) < 0)
		return;
	while (clients_wait(settings) > 0 && (uint64_t)conf_clock_ms(CLOCK_MONOTONIC) < end)
		poll(NULL, 0, STEP_MS);
}
