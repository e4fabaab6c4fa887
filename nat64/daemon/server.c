/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket's serving side.
 *
 * Who may connect is decided by the socket's mode, who may change things by the user on the other side (SO_PEERCRED): root
 * and who started us, but not the daemons' own user, who is Unbound's as well. What comes in is not trusted. A question is one line of at most
 * QUESTION_MAX octets. A connection has one answer at a time: while it is not taken, nothing more is read from it. At most
 * CONNECTIONS_MAX are open; one more closes the oldest, so that idle ones cannot keep others out.
 *
 * An epoll descriptor holds the listening socket and all connections; the main loop waits for that one alone.
 */
#include "nat64/daemon/server.h"

#include "conf/report.h"
#include "nat64/control/control.h"
#include "nat64/daemon/privileges.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUESTION_MAX    1024
#define CONNECTIONS_MAX 16

struct connection {
	int socket; /* -1: free */
	bool trusted;
	uint64_t age;
	size_t length;
	char question[QUESTION_MAX];
	char *answer; /* what is left to send begins at sent; NULL: none */
	size_t answer_length, sent;
};

struct server {
	int epoll, listener;
	uint64_t accepted;
	struct sockaddr_un address;
	server_answer *answer;
	void *context;
	uid_t starter;
	struct connection connections[CONNECTIONS_MAX];
};

static void connection_close(struct connection *connection)
{
	if (connection->socket >= 0)
		close(connection->socket);
	free(connection->answer);
	*connection = (struct connection){.socket = -1};
}

/* Wait for what the connection needs next. */
static void connection_wait(struct server *server, struct connection *connection, int operation)
{
	struct epoll_event event = {.events = connection->answer ? EPOLLOUT : EPOLLIN, .data.ptr = connection};

	if (epoll_ctl(server->epoll, operation, connection->socket, &event))
		connection_close(connection);
}

/* A free slot, or the oldest connection's. */
static struct connection *connection_choose(struct server *server)
{
	struct connection *oldest = server->connections;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->socket < 0)
			return connection;
		if (connection->age < oldest->age)
			oldest = connection;
	}
	connection_close(oldest);
	return oldest;
}

static bool peer_is_trusted(const struct server *server, int connection)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return !getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       (peer.uid == 0 || peer.uid == server->starter);
}

static void connection_accept(struct server *server)
{
	int accepted = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct connection *connection;

	if (accepted < 0)
		return;
	connection = connection_choose(server);
	connection->socket = accepted;
	connection->age = server->accepted++;
	connection->trusted = peer_is_trusted(server, accepted);
	connection_wait(server, connection, EPOLL_CTL_ADD);
}

static json_t *refusal(const char *why)
{
	return json_pack("{s:i, s:s}", "version", NAT64_CONTROL_VERSION, "error", why);
}

static json_t *question_answer(struct server *server, const char *question, size_t length, bool trusted)
{
	json_t *parsed = json_loadb(question, length, JSON_REJECT_DUPLICATES, NULL), *answer;
	const char *command = json_string_value(json_object_get(parsed, "command"));

	if (!command)
		answer = refusal("a request is one line, {\"command\":NAME}");
	else if (!(answer = server->answer(server->context, command, parsed, trusted)))
		answer = refusal("there is no such command");
	json_decref(parsed);
	return answer;
}

/* Put an answer, which is given away, in line to be sent. False: out of memory. */
static bool answer_queue(struct connection *connection, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	size_t length = text ? strlen(text) : 0;

	json_decref(answer);
	if (!text)
		return false;
	text[length] = '\n'; /* over the NUL: the text has a length from here on */
	connection->answer = text;
	connection->answer_length = length + 1;
	connection->sent = 0;
	return true;
}

/* Closed by the other side, which no longer waits for an answer: what it asked for in vain, a reload above all, is not done later. */
static bool peer_is_gone(const struct connection *connection)
{
	struct pollfd look = {.fd = connection->socket};

	return poll(&look, 1, 0) == 1 && look.revents & POLLHUP;
}

/* Answer the first whole line that came. False: the connection is of no more use. */
static bool question_read(struct server *server, struct connection *connection)
{
	char *end = memchr(connection->question, '\n', connection->length);
	size_t used = end ? (size_t)(end - connection->question) + 1 : 0;

	if (!end)
		return connection->length < QUESTION_MAX;
	if (peer_is_gone(connection))
		return false;
	if (!answer_queue(connection, question_answer(server, connection->question, used, connection->trusted)))
		return false;
	connection->length -= used;
	memmove(connection->question, connection->question + used, connection->length);
	return true;
}

/* False: the connection has ended. */
static bool connection_read(struct server *server, struct connection *connection)
{
	ssize_t count = recv(connection->socket, connection->question + connection->length,
			     QUESTION_MAX - connection->length, 0);

	if (count <= 0)
		return count < 0 && (errno == EAGAIN || errno == EINTR);
	connection->length += (size_t)count;
	return question_read(server, connection);
}

static bool connection_write(struct server *server, struct connection *connection)
{
	ssize_t count = send(connection->socket, connection->answer + connection->sent,
			     connection->answer_length - connection->sent, MSG_NOSIGNAL);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR;
	connection->sent += (size_t)count;
	if (connection->sent < connection->answer_length)
		return true;
	free(connection->answer);
	connection->answer = NULL;
	return question_read(server, connection);
}

static void connection_run(struct server *server, struct connection *connection)
{
	bool goes_on;

	if (connection->socket < 0)
		return; /* closed by an event before this one */
	goes_on = connection->answer ? connection_write(server, connection) : connection_read(server, connection);
	if (goes_on)
		connection_wait(server, connection, EPOLL_CTL_MOD);
	else
		connection_close(connection);
}

void nat64d_server_run(struct server *server)
{
	struct epoll_event events[CONNECTIONS_MAX + 1];
	int count = epoll_wait(server->epoll, events, CONNECTIONS_MAX + 1, 0);

	for (int i = 0; i < count; i++)
		if (events[i].data.ptr)
			connection_run(server, events[i].data.ptr);
	for (int i = 0; i < count; i++) /* last, since it may close one of the others */
		if (!events[i].data.ptr)
			connection_accept(server);
}

int nat64d_server_descriptor(const struct server *server)
{
	return server->epoll;
}

/* Bind with the mode that the socket keeps, so that at no time others can connect. Until it is given away nobody else can put another one
 * in its place (conf/runtime.c). */
static int listener_bind(struct server *server, uid_t user, gid_t group)
{
	const struct sockaddr *address = (const struct sockaddr *)&server->address;
	mode_t mask = umask(0117);
	int failed = bind(server->listener, address, sizeof(server->address));

	umask(mask);
	if (failed || (geteuid() == 0 && lchown(server->address.sun_path, user, group)))
		return -1;
	return listen(server->listener, CONNECTIONS_MAX);
}

static int server_listen(struct server *server, uid_t user, gid_t group)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->listener < 0 || server->epoll < 0)
		return -1;
	if (unlink(server->address.sun_path) && errno != ENOENT)
		return -1;
	if (listener_bind(server, user, group))
		return -1;
	return epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event);
}

struct server *nat64d_server_open(const char *runtime_dir, const struct nat64d_privileges *privileges,
				  server_answer *answer, void *context, struct conf_report *report)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server) {
		conf_report_add(report, "out of memory for the control socket");
		return NULL;
	}
	server->epoll = server->listener = -1;
	server->starter = privileges->starter;
	server->answer = answer;
	server->context = context;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		server->connections[i].socket = -1;
	if (nat64_control_address(runtime_dir, &server->address, report)) {
		server->address.sun_path[0] = '\0'; /* nothing to remove */
		nat64d_server_close(server);
		return NULL;
	}
	if (!server_listen(server, privileges->user, privileges->group))
		return server;
	conf_report_add(report, "cannot listen on %s: %s", server->address.sun_path, strerror(errno));
	nat64d_server_close(server);
	return NULL;
}

void nat64d_server_close(struct server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		connection_close(&server->connections[i]);
	if (server->listener >= 0) {
		unlink(server->address.sun_path);
		close(server->listener);
	}
	if (server->epoll >= 0)
		close(server->epoll);
	free(server);
}
