/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's control socket, from the asking side. JSON lines: {"command":NAME} and one line of answer. */
#ifndef NAT64_CONTROL_H
#define NAT64_CONTROL_H

#include <jansson.h>
#include <sys/un.h>

struct conf_report;

#define NAT64_CONTROL_NAME "nat64d.sock"
#define NAT64_CONTROL_VERSION 1

/* The socket's address in the runtime folder. 0, or -1 with a message: the path is too long for a socket. */
int nat64_control_address(const char *runtime_dir, struct sockaddr_un *address, struct conf_report *report);

/* Ask the running nat64d: "info", "counters" or "clients" (nat64d(8)). *reply is an object, a new reference. 0; or -1 with
 * a message: nat64d does not run, we may not ask, or it does not know the command. Waits 5 seconds at most for each part. */
int nat64_control_ask(const char *runtime_dir, const char *command, json_t **reply, struct conf_report *report);

#endif
