/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One server of libmicrohttpd an address, all in one thread: each has an epoll descriptor, which this loop waits for.
 *
 * A client can hold a connection by sending or reading one octet at a time. libmicrohttpd's own timeout begins anew with each of them, so the sockets that have lived too long are
 * shut down here; libmicrohttpd then closes them. What is beyond the limits is accepted and closed by it, and nothing is kept.
 */
#include "http/listen.h"

#include "conf/clock.h"
#include "conf/json.h"
#include "http/routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 1000, IDLE_S = 10 };

/* The socket's address of a text. Its length, 0 when it is none. */
static socklen_t address_make(const char *text, unsigned port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	return sizeof(*v6);
}

/* A socket that listens; -1 with errno. The overlay may come up after us: the address need not be there yet. */
static int socket_listen(const char *text, unsigned port)
{
	struct sockaddr_storage address;
	socklen_t length = address_make(text, port, &address);
	int on = 1, fd, error;

	if (length == 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.ss_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
	if (address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, HTTP_BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int socket_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* libmicrohttpd tells of a connection that begins, and of one that ends. */
static void connection_note(void *context, struct MHD_Connection *connection, void **place,
			    enum MHD_ConnectionNotificationCode what)
{
	struct http_server *server = context;
	struct http_connection *own = *place;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (own)
			own->socket = -1;
		return;
	}
	for (size_t i = 0; i < HTTP_CONNECTIONS && !own; i++)
		if (server->connections[i].socket < 0)
			own = &server->connections[i];
	if (own)
		*own = (struct http_connection){socket_of(connection), conf_clock_ms(CLOCK_MONOTONIC) + HTTP_LIFE_MS};
	*place = own;
}

static int nat64d_server_open(struct http_server *server, int socket, struct http_site *site)
{
	const union MHD_DaemonInfo *info;

	for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
		server->connections[i].socket = -1;
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, http_route, site, MHD_OPTION_LISTEN_SOCKET, socket,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)HTTP_CONNECTIONS_OF_ONE, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_NOTIFY_CONNECTION, connection_note, server, MHD_OPTION_NOTIFY_COMPLETED, http_route_end,
		site, MHD_OPTION_EXTERNAL_LOGGER, http_log, NULL, MHD_OPTION_END);
	info = server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info)
		return -1;
	server->events = info->epoll_fd;
	return 0;
}

size_t http_servers_open(struct http_servers *servers, const json_t *addresses, struct http_site *site)
{
	size_t failed = 0, i;
	json_t *one;

	json_array_foreach((json_t *)(uintptr_t)addresses, i, one) {
		const char *address = conf_json_text(one, "address");
		unsigned port = (unsigned)conf_json_number(one, "port");
		int socket = servers->count < HTTP_SERVERS ? socket_listen(address, port) : -1;

		if (socket < 0 || nat64d_server_open(&servers->of[servers->count], socket, site) != 0) {
			fprintf(stderr,
				"nat64-relay-http: cannot listen on %s port %u: %s; see http-listen in relay.conf(5)\n",
				address, port, servers->count < HTTP_SERVERS ? strerror(errno) : "too many addresses");
			if (socket >= 0)
				close(socket);
			failed++;
		} else {
			servers->count++;
		}
	}
	return failed;
}

static void connections_age(struct http_server *server)
{
	int64_t now = conf_clock_ms(CLOCK_MONOTONIC);

	for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
		if (server->connections[i].socket >= 0 && server->connections[i].due <= now)
			shutdown(server->connections[i].socket, SHUT_RDWR);
}

void http_servers_turn(struct http_servers *servers)
{
	struct pollfd waits[HTTP_SERVERS];
	int wait = WAIT_MS;

	for (size_t i = 0; i < servers->count; i++) {
		MHD_UNSIGNED_LONG_LONG own;

		waits[i] = (struct pollfd){.fd = servers->of[i].events, .events = POLLIN};
		if (MHD_get_timeout(servers->of[i].daemon, &own) == MHD_YES && own < (unsigned)wait)
			wait = (int)own;
	}
	poll(waits, servers->count, wait);
	for (size_t i = 0; i < servers->count; i++) {
		connections_age(&servers->of[i]);
		MHD_run(servers->of[i].daemon);
	}
}

void http_servers_close(struct http_servers *servers)
{
	for (size_t i = 0; i < servers->count; i++)
		MHD_stop_daemon(servers->of[i].daemon);
	servers->count = 0;
}
