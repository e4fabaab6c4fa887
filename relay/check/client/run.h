/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client of check --client while it is looked at: what is under way, and what has come so far. */
#ifndef RELAY_CHECK_CLIENT_RUN_H
#define RELAY_CHECK_CLIENT_RUN_H

#include "relay/check/client/client.h"
#include "relay/check/client/probe.h"

enum { CLIENT_LOOKUPS = 5, CLIENT_PORTS = 2, CLIENT_EARLY_MS = 1500 };

/* One transport of a server. error: errno where there was no reply. */
struct relay_client_half {
	struct relay_client_reply reply;
	int error;
};

struct relay_client_server_run {
	struct relay_client_half udp, tcp;
	int echo;
	int numbers[3]; /* of the probes */
	bool begun;
};

/* took: ms; -1 no reply; -2 not sent, with errno. */
struct relay_client_echo {
	int took, error;
};

struct relay_client_run {
	struct relay_client *client;
	struct relay_client_probes probes;
	struct relay_client_server_run servers[CLIENT_SERVERS];
	int magic[2];
	struct relay_client_reply lookups[CLIENT_LOOKUPS];
	int lookup_numbers[CLIENT_LOOKUPS];
	struct relay_client_echo small, large;
	bool connected[CLIENT_PORTS];
	int way_numbers[2 + CLIENT_PORTS];
	uint64_t way_begun_at;
	bool begun, others_begun, resolvers_begun, way_begun, ports_begun;
};

/* Take what has come into the client, and begin what can now be begun. */
void relay_client_dns_step(struct relay_client_run *run);
void relay_client_system_step(struct relay_client_run *run);
void relay_client_way_step(struct relay_client_run *run);

/* Is all that DNS says known? Is it late enough to go on without? */
bool relay_client_dns_is_over(const struct relay_client_run *run);
bool relay_client_named_are_over(const struct relay_client_run *run);
bool relay_client_is_late(const struct relay_client_run *run);

#endif
