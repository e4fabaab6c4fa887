/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets that are listened on, and the servers behind them. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct MHD_Daemon;
struct http_site;

/*
 * Bounds: of one client at once, and of one address and port. A connection answers one request, and is closed after HTTP_LIFE_MS, however slowly its
 * client sends or reads. 64 * 32 KiB of memory at most.
 */
enum {
	HTTP_SERVERS = 32,
	HTTP_CONNECTIONS = 64,
	HTTP_CONNECTIONS_OF_ONE = 16,
	HTTP_MEMORY = 32 << 10,
	HTTP_LIFE_MS = 15000,
	HTTP_BACKLOG = 256
};

struct http_connection {
	int socket;  /* -1: none */
	int64_t due; /* ms on the monotonic clock: then it is closed */
};

struct http_server {
	struct MHD_Daemon *daemon;
	int events; /* an epoll(7) descriptor */
	struct http_connection connections[HTTP_CONNECTIONS];
};

struct http_servers {
	struct http_server of[HTTP_SERVERS];
	size_t count;
};

/*
 * Listen on each of the snapshot's addresses, an array of {"address", "port"}. An address that this machine does not have yet is no error. How many could not be had,
 * each with a message on standard error.
 */
size_t http_servers_open(struct http_servers *servers, const json_t *addresses, struct http_site *site);

/* Wait for something to do, a second at most, and do it. */
void http_servers_turn(struct http_servers *servers);

void http_servers_close(struct http_servers *servers);

#endif
