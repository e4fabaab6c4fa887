/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of a client get for a name, for check --client alone. */
#ifndef RELAY_CLIENT_SYSTEM_H
#define RELAY_CLIENT_SYSTEM_H

#include "relay/client.h"
#include "relay/jobs.h"

enum { CLIENT_LOOKUPS = 5 };

/* One getaddrinfo. */
struct relay_client_lookup {
	char name[CLIENT_NAME + 1];
	int family;
};

struct relay_client_lookups {
	struct relay_client_lookup lookups[CLIENT_LOOKUPS];
	struct relay_client_reply replies[CLIENT_LOOKUPS];
	struct relay_job jobs[CLIENT_LOOKUPS];
};

/* Start all; take what they brought. Where no relay answers, the reason is known, and they are not waited for. */
void relay_client_lookups_start(struct relay_client_lookups *lookups, const struct relay_client *client);
void relay_client_lookups_finish(struct relay_client_lookups *lookups, struct relay_client *client, bool relay_answers);

/* /etc/hosts, and resolv.conf with what its servers say. */
void relay_client_read_files(struct relay_client *client);

#endif
