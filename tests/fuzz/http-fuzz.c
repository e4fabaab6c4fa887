/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What anybody may send to the listener of http-listen: any octets on a connection, to the real libmicrohttpd and the real routes, and a snapshot with texts of others.
 *
 * The connection is over afterwards, however it was begun. Of the snapshot nothing is shown where the Host is a stranger's. Whatever a Host or an Origin is,
 * it is ours only when it is written in figures, or is localhost or one of the names.
 */
#include "http/openmetrics.h"
#include "http/request.h"
#include "http/routes.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "<b>relayed\\u001b[2J"
#define SHOWN  "relayed"

enum { TURNS = 64, ROOM = 1 << 20, HOST_ROOM = 300 };

static void demand(bool right, const char *what, const char *input)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n%s\n", what, input);
	abort();
}

/* Only of what an address is written with, or a name that we have. */
static bool may_be_ours(const char *host)
{
	return host[strspn(host, "0123456789abcdefABCDEF.:[]")] == '\0' || strncasecmp(host, "localhost", 9) == 0 ||
	       strncasecmp(host, "relay", 5) == 0;
}

static void names_read(const char *text, const json_t *names)
{
	size_t scheme = strncasecmp(text, "https://", 8) == 0 ? 8 : 7;

	demand(!http_host_is_ours(text, names) || may_be_ours(text), "a stranger's Host to be refused", text);
	demand(!http_origin_is_ours(text, names) || (strlen(text) > scheme && may_be_ours(text + scheme)),
	       "another Origin to be refused", text);
	http_accepts(text, "text/html");
}

static void metrics_read(const char *text)
{
	size_t length = 0;
	char *open = http_openmetrics_make(text, &length);

	demand(!open || (length >= 6 && strcmp(open + length - 6, "# EOF\n") == 0), "the end of OpenMetrics", text);
	free(open);
}

/* All that comes back; the connection is closed on both sides. */
static size_t exchange(struct MHD_Daemon *daemon, const uint8_t *data, size_t size, char *reply)
{
	struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	size_t length = 0;
	ssize_t count = 1;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
		return 0;
	if (MHD_add_connection(daemon, ends[0], (struct sockaddr *)&from, sizeof(from)) != MHD_YES) {
		close(ends[1]);
		return 0;
	}
	if (size > 0 && send(ends[1], data, size, MSG_NOSIGNAL) < 0)
		size = 0;
	shutdown(ends[1], SHUT_WR);
	for (unsigned i = 0; i < TURNS && count != 0; i++) {
		MHD_run(daemon);
		while (length < ROOM && (count = recv(ends[1], reply + length, ROOM - length, 0)) > 0)
			length += (size_t)count;
	}
	close(ends[1]);
	for (unsigned i = 0; i < 4; i++)
		MHD_run(daemon);
	return length;
}

static void listener_read(struct MHD_Daemon *daemon, const uint8_t *data, size_t size, const char *text)
{
	static char reply[ROOM + 1];
	char request[HOST_ROOM + 100];
	size_t length = exchange(daemon, data, size, reply);

	reply[length] = '\0';
	demand(length == 0 || strncmp(reply, "HTTP/1.", 7) == 0, "an answer of HTTP, or none", text);
	if (strlen(text) > HOST_ROOM || strpbrk(text, "\r\n \t"))
		return;
	snprintf(request, sizeof(request), "GET /live.json HTTP/1.1\r\nHost: %s\r\n\r\n", text);
	length = exchange(daemon, (const uint8_t *)request, strlen(request), reply);
	demand(may_be_ours(text) || !memmem(reply, length, SHOWN, strlen(SHOWN)),
	       "nothing of the snapshot for a stranger's Host", text);
}

static struct MHD_Daemon *daemon_start(json_t *snapshot)
{
	static struct http_site site = {.look = -1};

	site.snapshot.root = snapshot;
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, http_route, &site,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, http_route_end, &site,
				MHD_OPTION_EXTERNAL_LOGGER, http_log, NULL, MHD_OPTION_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct MHD_Daemon *daemon;
	static json_t *snapshot;
	char *text = strndup((const char *)data, size);

	if (!snapshot)
		snapshot = json_loads("{\"names\": [\"relay\"], \"status\": {\"works\": true, \"verdict\": \"" SECRET "\"}, "
				      "\"metrics\": \"# TYPE relayed counter\\nrelayed 1\\n\", \"ways\": {\"port\": 8064}, "
				      "\"lines\": [{\"text\": \"" SECRET "\"}], \"devices\": []}",
				      0, NULL);
	if (snapshot && !daemon)
		daemon = daemon_start(snapshot);
	if (!text || !daemon)
		abort();
	names_read(text, json_object_get(snapshot, "names"));
	metrics_read(text);
	listener_read(daemon, data, size, text);
	free(text);
	return 0;
}
