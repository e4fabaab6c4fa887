/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket's serving side (nat64/control/control.h asks): driven by the main thread's loop, never blocks. */
#ifndef NAT64_DAEMON_SERVER_H
#define NAT64_DAEMON_SERVER_H

#include <stdbool.h>

struct conf_report;
struct json_t; /* of jansson: a build without it includes this as well */
struct nat64d_privileges;
struct server;

/* The answer to a question, an object and a new reference; NULL when there is no such command. command: the question's own.
 * trusted: it came from root or who started us, who may change things; all others may only look. */
typedef struct json_t *server_answer(void *context, const char *command, const struct json_t *question, bool trusted);

/* Listen on RUNTIME_DIR/sockets/nat64d.sock, mode 0660 and of the user and group of privileges; a socket left over is replaced (the caller holds
 * the lock). Trusted later are root and privileges->starter. NULL with a message. */
struct server *nat64d_server_open(const char *runtime_dir, const struct nat64d_privileges *privileges,
				  server_answer *answer, void *context, struct conf_report *report);
void nat64d_server_close(struct server *server);

/* Readable when nat64d_server_run() has something to do. */
int nat64d_server_descriptor(const struct server *server);
void nat64d_server_run(struct server *server);

#endif
