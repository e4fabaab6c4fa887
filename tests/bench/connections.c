/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load of short TCP connections for the bench.
 *
 *     connections serve ADDRESS PORT SECONDS
 *     connections open ADDRESS PORT PARALLEL SECONDS
 *     connections hold ADDRESS PORT COUNT SECONDS
 *
 * serve: answers the octet that comes on each connection with one of its own, on PORTS ports from PORT on.
 * open: keeps PARALLEL connections under way: each is opened, asks, is answered and closed, and another takes its place. Prints
 * how many were answered, and how many failed.
 * hold: opens COUNT connections, and keeps them open until the SECONDS are over. Prints how many were open then, and how many failed; those that are
 * not answered within PATIENCE seconds do. All end by themselves. Connections end with RST, so that no port waits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORTS       8 /* one port has some 60,000 connections behind a masquerade, and the closed ones still count */
#define EVENTS      256
#define PENDING_MAX 4000 /* of hold: connections under way at once */
#define PATIENCE    2.0
#define FILES_MAX   20000

struct connection {
	int sock;
	int asked;
	double since; /* of hold: when it was begun */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "connections: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static struct sockaddr_storage address_of(const char *address, const char *port, unsigned further, socklen_t *length)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct sockaddr_storage storage = {0};
	struct addrinfo *found;

	if (getaddrinfo(address, port, &hints, &found))
		fail(address);
	memcpy(&storage, found->ai_addr, found->ai_addrlen);
	*length = found->ai_addrlen;
	freeaddrinfo(found);
	if (storage.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&storage)->sin6_port += htons((uint16_t)further);
	else
		((struct sockaddr_in *)&storage)->sin_port += htons((uint16_t)further);
	return storage;
}

static void watch(int epoll, int operation, int sock, uint32_t events, void *context)
{
	struct epoll_event event = {.events = events, .data.ptr = context};

	if (epoll_ctl(epoll, operation, sock, &event))
		fail("epoll_ctl");
}

static int socket_new(int family)
{
	int sock = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (sock < 0 || setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		fail("socket");
	return sock;
}

/* --- the server --- */

static void accept_all(int epoll, int listener)
{
	for (int sock; (sock = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
		struct connection *connection = calloc(1, sizeof(*connection));

		if (!connection)
			fail("calloc");
		connection->sock = sock;
		watch(epoll, EPOLL_CTL_ADD, sock, EPOLLIN, connection);
	}
}

static void answer(struct connection *connection)
{
	char octet;

	if (read(connection->sock, &octet, 1) == 1 && write(connection->sock, &octet, 1) == 1)
		return;
	close(connection->sock);
	free(connection);
}

static int serve(const char *address, const char *port, double seconds)
{
	struct connection listeners[PORTS];
	int epoll = epoll_create1(0);
	double end = now() + seconds;

	for (unsigned i = 0; i < PORTS; i++) {
		socklen_t length;
		struct sockaddr_storage storage = address_of(address, port, i, &length);
		int sock = socket_new(storage.ss_family);

		if (bind(sock, (struct sockaddr *)&storage, length) || listen(sock, 4096))
			fail("listen");
		listeners[i].sock = sock;
		watch(epoll, EPOLL_CTL_ADD, sock, EPOLLIN, &listeners[i]);
	}
	while (now() < end) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(epoll, events, EVENTS, 100);

		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;

			if (connection >= listeners && connection < listeners + PORTS)
				accept_all(epoll, connection->sock);
			else
				answer(connection);
		}
	}
	return EXIT_SUCCESS;
}

/* --- the client --- */

struct client {
	int epoll;
	socklen_t length;
	struct sockaddr_storage servers[PORTS];
	unsigned long answered, failed, begun;
};

static void connection_begin(struct client *client, struct connection *connection)
{
	const struct sockaddr_storage *server = &client->servers[client->begun++ % PORTS];

	connection->sock = socket_new(server->ss_family);
	connection->asked = 0;
	if (connect(connection->sock, (const struct sockaddr *)server, client->length) && errno != EINPROGRESS)
		fail("connect");
	watch(client->epoll, EPOLL_CTL_ADD, connection->sock, EPOLLOUT, connection);
}

/* One step further: connected, or answered. */
static void connection_go_on(struct client *client, struct connection *connection)
{
	char octet = 'x';

	if (!connection->asked && write(connection->sock, &octet, 1) == 1) {
		connection->asked = 1;
		watch(client->epoll, EPOLL_CTL_MOD, connection->sock, EPOLLIN, connection);
		return;
	}
	if (connection->asked && read(connection->sock, &octet, 1) == 1)
		client->answered++;
	else
		client->failed++;
	close(connection->sock);
	connection_begin(client, connection);
}

static int open_load(const char *address, const char *port, size_t parallel, double seconds)
{
	struct client client = {.epoll = epoll_create1(0)};
	struct connection *connections = calloc(parallel, sizeof(*connections));
	double end = now() + seconds;

	if (!connections)
		fail("calloc");
	for (unsigned i = 0; i < PORTS; i++)
		client.servers[i] = address_of(address, port, i, &client.length);
	for (size_t i = 0; i < parallel; i++)
		connection_begin(&client, &connections[i]);
	while (now() < end) {
		struct epoll_event events[EVENTS];
		int count = epoll_wait(client.epoll, events, EVENTS, 100);

		for (int i = 0; i < count; i++)
			connection_go_on(&client, events[i].data.ptr);
	}
	printf("%lu %lu\n", client.answered, client.failed);
	free(connections);
	return EXIT_SUCCESS;
}

/* --- many at once --- */

struct holder {
	struct client client;
	struct connection *connections;
	size_t begun, oldest, open, failed; /* those before oldest are open or have failed */
	size_t pending;
};

enum { WAITING, OPEN, FAILED };

static void hold_settle(struct holder *holder, struct connection *connection, int outcome)
{
	connection->asked = outcome;
	holder->pending--;
	if (outcome == OPEN)
		holder->open++;
	else
		holder->failed++;
	epoll_ctl(holder->client.epoll, EPOLL_CTL_DEL, connection->sock, NULL);
	if (outcome == FAILED)
		close(connection->sock);
}

/* Begin as many as may be under way, and give up those that wait for too long. */
static void hold_go_on(struct holder *holder, size_t count)
{
	double time = now();

	while (holder->begun < count && holder->pending < PENDING_MAX) {
		struct connection *connection = &holder->connections[holder->begun++];

		connection_begin(&holder->client, connection);
		connection->since = time;
		holder->pending++;
	}
	for (; holder->oldest < holder->begun; holder->oldest++) {
		struct connection *connection = &holder->connections[holder->oldest];

		if (connection->asked == WAITING && time - connection->since < PATIENCE)
			break;
		if (connection->asked == WAITING)
			hold_settle(holder, connection, FAILED);
	}
}

static int hold_load(const char *address, const char *port, size_t count, double seconds)
{
	struct holder holder = {.client.epoll = epoll_create1(0), .connections = calloc(count, sizeof(struct connection))};
	double end = now() + seconds;

	if (!holder.connections)
		fail("calloc");
	for (unsigned i = 0; i < PORTS; i++)
		holder.client.servers[i] = address_of(address, port, i, &holder.client.length);
	while (now() < end) {
		struct epoll_event events[EVENTS];
		int ready;

		hold_go_on(&holder, count);
		ready = epoll_wait(holder.client.epoll, events, EVENTS, 100);
		for (int i = 0; i < ready; i++)
			hold_settle(&holder, events[i].data.ptr, events[i].events & (EPOLLERR | EPOLLHUP) ? FAILED : OPEN);
	}
	printf("%zu %zu\n", holder.open, holder.failed);
	free(holder.connections);
	return EXIT_SUCCESS;
}

int main(int count, char **words)
{
	const struct rlimit files = {FILES_MAX, FILES_MAX};

	if (setrlimit(RLIMIT_NOFILE, &files))
		fail("setrlimit");
	if (count == 5 && !strcmp(words[1], "serve"))
		return serve(words[2], words[3], atof(words[4]));
	if (count == 6 && !strcmp(words[1], "open"))
		return open_load(words[2], words[3], (size_t)atoi(words[4]), atof(words[5]));
	if (count == 6 && !strcmp(words[1], "hold"))
		return hold_load(words[2], words[3], (size_t)atoi(words[4]), atof(words[5]));
	fputs("usage: connections serve ADDRESS PORT SECONDS | connections open|hold ADDRESS PORT NUMBER SECONDS\n",
	      stderr);
	return 2;
}
