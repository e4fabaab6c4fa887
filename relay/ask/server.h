/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Name servers to ask: a place to send to, and how people write it. */
#ifndef RELAY_ASK_SERVER_H
#define RELAY_ASK_SERVER_H

#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

struct conf_address;

enum { RELAY_SERVERS_MAX = 3 }; /* resolv.conf(5) takes as many */

struct relay_server {
	struct sockaddr_storage address;
	socklen_t length;
	char text[80]; /* as it was written, or ADDRESS */
};

/* Port 53 of an address. */
void relay_server_set(struct relay_server *server, const struct conf_address *address);

/* "ADDRESS[%INTERFACE][@PORT]", the port 1 to 65535. 0, or -1 when text is none, or there is no such interface. */
int relay_server_parse(const char *text, struct relay_server *server);

/* The nameserver lines of a resolv.conf(5), of which the first RELAY_SERVERS_MAX count; without any it is the node itself. */
size_t relay_servers_read(FILE *resolv_conf, struct relay_server servers[RELAY_SERVERS_MAX]);

#endif
