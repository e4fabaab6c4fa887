/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unbound's control socket. The protocol is that of unbound-control(8) without TLS, as unbound.conf has it: one line with the
 * version and the command, then the answer until Unbound closes the connection. One deadline holds for all of it, and what is answered can be
 * printed: Unbound is another user's.
 */
#include "unbound/control.h"

#include "conf/printable.h"
#include "conf/report.h"
#include "conf/runtime.h"
#include "conf/settings.h"
#include "conf/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET "%s/" CONF_RUNTIME_SOCKETS "/" CONF_RUNTIME_UNBOUND_SOCKET

enum { TIMEOUT_MS = 3000, ANSWER_MAX = 1 << 20 };

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

	while (text && length < ANSWER_MAX - 1 &&
	       (count = conf_stream_receive(connection, text + length, ANSWER_MAX - 1 - length, deadline)) > 0)
		length += (size_t)count;
	if (text && count == 0) {
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
		conf_report_add(report, "the resolver does not run: no process listens on " SOCKET,
				settings->node.runtime_dir);
	else if (error == EACCES)
		conf_report_add(report,
				"no permission to ask the resolver on " SOCKET
				": run this as root, or as a member of its group",
				settings->node.runtime_dir);
	else
		conf_report_add(report, "cannot ask the resolver on " SOCKET ": %s", settings->node.runtime_dir,
				strerror(error));
}

static bool command_send(int connection, const char *command, uint64_t deadline)
{
	char line[300]; /* a zone's name is as long as 255 */
	int length = snprintf(line, sizeof(line), "UBCT1 %s\n", command);

	return length > 0 && (size_t)length < sizeof(line) &&
	       conf_stream_send(connection, line, (size_t)length, deadline) == 0;
}

char *unboundconf_control_ask(const struct conf_settings *settings, const char *command, struct conf_report *report)
{
	uint64_t deadline = conf_stream_deadline(TIMEOUT_MS);
	int connection = control_connect(settings, deadline);
	char *text = NULL;

	if (connection >= 0 && command_send(connection, command, deadline))
		text = answer_receive(connection, deadline);
	if (!text)
		failure_explain(settings, errno, report);
	if (connection >= 0)
		close(connection);
	return text;
}

pid_t unboundconf_control_pid(const struct conf_settings *settings)
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
