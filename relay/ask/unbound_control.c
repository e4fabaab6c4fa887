// SPDX-License-Identifier: GPL-2.0-or-later
// Unbound's control socket. The protocol is that of unbound-control(8) without TLS, as unbound.conf has it: one line with the
// version and the command, then the answer until Unbound closes the connection. One deadline holds for all of it, and what is answered can be
// printed: Unbound is another user's.
#include "relay/ask/unbound_control.h"

#include "conf/printable.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "conf/stream.h"
#include "relay/host/clock.h"
#include "relay/ask/resolver.h"
#include "relay/ask/unbound_drain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET "%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_UNBOUND_SOCKET

enum { TIMEOUT_MS = 3000, ANSWER_MAX = 1 << 20, RELOAD_MS = 20000, GONE_MS = 6000, STEP_MS = 100, ASK_MS = 500 };

/* Connected, or -1 with errno. */
static int control_connect(const struct conf_settings *settings, uint64_t deadline)
{
	char *path;
	int connection;

	if (asprintf(&path, SOCKET, settings->node.runtime_dir) < 0)
		return -1;
	connection = conf_stream_connect_local(path, deadline);
	free(path);
	return connection;
}

/* Everything up to the end of the connection, as it can be printed, with a NUL behind it; NULL with errno. */
static char *answer_receive(int connection, uint64_t deadline)
{
	char *text = malloc(ANSWER_MAX);
	size_t length = 0;
	ssize_t count = -1;

	while (text != NULL && length < ANSWER_MAX - 1 &&
	       (count = conf_stream_receive(connection, text + length, ANSWER_MAX - 1 - length, deadline)) > 0)
		length += (size_t)count;
	if (text != NULL && count == 0) {
		conf_printable_make(text, length, "\n\t");
		text[length] = '\0';
		return text;
	}
	if (count > 0)
		errno = EFBIG;
	free(text);
	return NULL;
}

static void failure_explain(const struct conf_settings *settings, int error, struct conf_report *report)
{
	if (error == ENOENT || error == ECONNREFUSED)
		conf_report_add(report, "the resolver does not run: nobody listens on " SOCKET, settings->node.runtime_dir);
	else if (error == EACCES)
		conf_report_add(report, "may not ask the resolver on " SOCKET ": be root, or a member of its group",
				settings->node.runtime_dir);
	else
		conf_report_add(report, "cannot ask the resolver on " SOCKET ": %s", settings->node.runtime_dir, strerror(error));
}

static bool command_send(int connection, const char *command, uint64_t deadline)
{
	char line[128];
	int length = snprintf(line, sizeof(line), "UBCT1 %s\n", command);

	return length > 0 && (size_t)length < sizeof(line) && conf_stream_send(connection, line, (size_t)length, deadline) == 0;
}

char *relay_unbound_control_ask(const struct conf_settings *settings, const char *command, struct conf_report *report)
{
	uint64_t deadline = conf_stream_deadline(TIMEOUT_MS);
	int connection = control_connect(settings, deadline);
	char *text = NULL;

	if (connection >= 0 && command_send(connection, command, deadline))
		text = answer_receive(connection, deadline);
	if (text == NULL)
		failure_explain(settings, errno, report);
	if (connection >= 0)
		close(connection);
	return text;
}

static bool resolver_answers(const struct conf_settings *settings)
{
	for (size_t i = 0; i < settings->dns.edge_address_count; i++)
		if (relay_resolver_life(&settings->dns.edge_addresses[i], ASK_MS) == RELAY_RESOLVER_SILENT)
			return false;
	return true;
}

/* Who listens on the control socket; 0: nobody, or nobody that can be seen from here. */
static pid_t resolver_pid(const struct conf_settings *settings)
{
	struct ucred peer = {.pid = 0};
	socklen_t length = sizeof(peer);
	int connection = control_connect(settings, conf_stream_deadline(TIMEOUT_MS));

	if (connection >= 0 && getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
		peer.pid = 0;
	if (connection >= 0)
		close(connection);
	return peer.pid;
}

/* The thread that has said ok to a reload takes the next command when the reload is done; another may still answer questions before. */
static bool resolver_is_back(const struct conf_settings *settings)
{
	struct conf_report quiet = {0};
	char *answer = relay_unbound_control_ask(settings, "status", &quiet);
	bool back = answer != NULL && strncmp(answer, "version", strlen("version")) == 0 && resolver_answers(settings);

	free(answer);
	conf_report_clear(&quiet);
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
		if (relay_clock_ms() > end) {
			conf_report_add(report, gone ? "the resolver ended over its reload, and has not come back; its log says why"
						     : "the resolver does not answer after its reload; its log says why");
			return -1;
		}
		poll(NULL, 0, STEP_MS);
	}
	return 0;
}

/* It takes no new questions and answers those that it has; then it says ok, and begins anew within the same process. Questions wait in its sockets. */
int relay_unbound_control_reload(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	pid_t pid = resolver_pid(settings);
	char *answer;
	bool taken;

	if (!anew)
		relay_unbound_drain(settings);
	answer = relay_unbound_control_ask(settings, anew ? "stop" : "reload", report);
	taken = answer != NULL && strncmp(answer, "ok", 2) == 0;

	if (answer != NULL && !taken)
		conf_report_add(report, "the resolver refuses to reload: %.*s", (int)strcspn(answer, "\n"), answer);
	free(answer);
	return taken ? resolver_wait(settings, pid, anew, report) : -1;
}
