/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reload of Unbound, from the last question before it to the first answer after it. */
#include "relay/ask/unbound_reload.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "relay/ask/resolver.h"
#include "relay/host/clock.h"
#include "unbound/control.h"
#include "unbound/drain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { RELOAD_MS = 20000, GONE_MS = 6000, STEP_MS = 100, ASK_MS = 500 };
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
		unboundconf_drain(settings);
	answer = unboundconf_control_ask(settings, anew ? "stop" : "reload", report);
	taken = answer && strncmp(answer, "ok", 2) == 0;

	if (answer && !taken)
		conf_report_add(report, "the resolver refuses to reload: %.*s", (int)strcspn(answer, "\n"), answer);
	free(answer);
	return taken ? resolver_wait(settings, pid, anew, report) : -1;
}
