/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks, by which name, and whether a page of somebody else's has sent the browser here. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>

struct MHD_Connection;

/* The address of who asks; "" when it cannot be told. */
void http_client_print(struct MHD_Connection *connection, char text[INET6_ADDRSTRLEN]);

/*
 * Is "NAME[:PORT]" one of ours? An address in figures always is: a stranger's name that is made to lead here (DNS rebinding) is what has to be told apart. names: those
 * of the relay. A request without a Host is no browser's.
 */
bool http_host_is_ours(const char *host, const json_t *names);

/* The same for an Origin, "http://NAME[:PORT]" or "null": there an address has to be among the names. NULL: the request has none, and comes from no other page. */
bool http_origin_is_ours(const char *origin, const json_t *names);

/* Is this type named in an Accept header before anything that stands for all? NULL: no. */
bool http_accepts(const char *accept, const char *type);

#endif
