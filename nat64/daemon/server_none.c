/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the place of server.c and answer.c in a nat64d that is built without jansson: there is no control socket, and nobody asks. */
#include "nat64/daemon/server.h"

#include "nat64/daemon/answer.h"

#include <stddef.h>

struct server {
	int descriptor;
};

struct server *nat64d_server_open(const char *runtime_dir, const struct nat64d_privileges *privileges,
				  server_answer *answer, void *context, struct conf_report *report)
{
	static struct server none = {.descriptor = -1};

	(void)runtime_dir, (void)privileges, (void)answer, (void)context, (void)report;
	return &none;
}

void nat64d_server_close(struct server *server)
{
	(void)server;
}

int nat64d_server_descriptor(const struct server *server)
{
	return server->descriptor;
}

void nat64d_server_run(struct server *server)
{
	(void)server;
}

struct json_t *nat64d_answer_make(void *source, const char *command, const struct json_t *question, bool trusted)
{
	(void)source, (void)command, (void)question, (void)trusted;
	return NULL;
}
