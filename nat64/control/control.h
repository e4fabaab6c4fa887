/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's control socket, from the asking side. JSON lines: {"command":NAME} and one line of answer. */
#ifndef NAT64_CONTROL_CONTROL_H
#define NAT64_CONTROL_CONTROL_H

#include <jansson.h>
#include <sys/un.h>

struct conf_report;

#define NAT64_CONTROL_VERSION 1

/* The socket's address in the runtime folder. 0, or -1 with a message: the path is too long for a socket. */
int nat64_control_address(const char *runtime_dir, struct sockaddr_un *address, struct conf_report *report);

/* Ask the running nat64d a question, {"command":NAME, ...} (nat64d(8)), which is given away. *reply is an object, a new
 * reference, whose texts can be printed. 0; or -1 with messages: nat64d does not run, we may not ask, or it refuses. 5 seconds at most. */
int nat64_control_ask_with(const char *runtime_dir, json_t *question, json_t **reply, struct conf_report *report);

/* The same for a command without arguments. */
int nat64_control_ask(const char *runtime_dir, const char *command, json_t **reply, struct conf_report *report);

/* Told of each client of a page, an object of "clients". */
typedef void nat64_control_client(void *context, const json_t *client);

/* Ask for all clients, page by page, so that neither side holds all of them. 0, or -1 with messages. Two minutes at most. */
int nat64_control_walk_clients(const char *runtime_dir, nat64_control_client *visit, void *context,
			       struct conf_report *report);

#endif
