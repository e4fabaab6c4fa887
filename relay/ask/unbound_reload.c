/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reload of Unbound, from the last question before it to the first answer after it. */
#include "relay/ask/unbound_reload.h"

#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "conf/stream.h"
#include "relay/ask/resolver.h"
#include "relay/host/clock.h"
#include "unbound/control.h"
#include "unbound/stats.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RELOAD_MS = 20000, GONE_MS = 6000, STEP_MS = 100, ASK_MS = 500, DRAIN_MS = 2000, DRAIN_STEP_MS = 5 };

/* False where nobody listens. */
static bool drain_begin(const struct conf_settings *settings)
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

/*
 * Have Unbound leave new questions in its sockets, and wait until no client waits for it, two seconds at most; it forgets at a reload what it has not answered.
 * The module stops listening in each thread when somebody connects to its socket (module/drain.c). Then Unbound's statistics tell how many clients wait. They
 * pass through the event loop of each thread: the first answer may have been given before the thread saw the connection, in the same round of the loop; the
 * second has not. The client of a silent upstream is told so after 1.8 seconds: longer than that nobody waits. Then it must reload within two seconds; otherwise
 * it goes on by itself. Does nothing where the module does not listen.
 */
static void questions_drain(const struct conf_settings *settings)
{
	uint64_t end = relay_clock_ms() + DRAIN_MS;

	if (!drain_begin(settings) || clients_wait(settings) < 0)
		return;
	while (clients_wait(settings) > 0 && relay_clock_ms() < end)
		poll(NULL, 0, DRAIN_STEP_MS);
}

static bool resolver_answers(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (relay_resolver_life(&settings->dns.edge_addresses[i], ASK_MS) == RELAY_RESOLVER_SILENT)
			return false;
	return true;
}

/* The thread that has said ok to a reload takes the next command when the reload is done; another may still answer questions before. */
static bool resolver_is_back(const struct conf_settings *settings)
{
	char *answer = unboundconf_control_ask(settings, "status", CONF_REPORT_DISCARD);
	bool back = answer && strncmp(answer, "version", strlen("version")) == 0 && resolver_answers(settings);

	free(answer);
	return back;
}

/* It ends over settings that it cannot use, and over a port that it has no right to any more: then the next one, which is started with
 * that right, has a few seconds to come. */
static int resolver_wait(const struct conf_settings *settings, pid_t pid, bool anew, struct conf_report *report)
{
	uint64_t end = relay_clock_ms() + RELOAD_MS;
	bool gone = false;

	while (!resolver_is_back(settings)) {
		if (!anew && !gone && pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) {
			gone = true;
			end = relay_clock_ms() + GONE_MS;
		}
		if (relay_clock_ms() > end)
			return conf_report_add(
				report, gone ? "the resolver exited during its reload, and has not come back; its log says "
					       "why" :
					       "the resolver does not answer after its reload; its log says why");
		poll(NULL, 0, STEP_MS);
	}
	return 0;
}

/* It takes no new questions and answers those that it has; then it says ok, and begins anew within the same process. Questions wait in its sockets. */
int relay_unbound_reload(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	pid_t pid = unboundconf_control_pid(settings);
	char *answer;
	bool taken;

	if (!anew)
		questions_drain(settings);
	answer = unboundconf_control_ask(settings, anew ? "stop" : "reload", report);
	taken = answer && strncmp(answer, "ok", 2) == 0;

	if (answer && !taken)
		conf_report_add(report, "the resolver refuses to reload: %.*s", (int)strcspn(answer, "\n"), answer);
	free(answer);
	return taken ? resolver_wait(settings, pid, anew, report) : -1;
}
