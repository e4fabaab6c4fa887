/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom each client talks to: conntrack's connections whose first packet came from a client's lease. A client's list ends after TALKS_MAXIMUM targets. */
#include "relay/show/snapshot.h"

#include "conf/json.h"
#include "conf/report.h"
#include "nftables/connection_list.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { TALKS_MAXIMUM = 8, TALK_ROOM = INET_ADDRSTRLEN + sizeof(" protocol 255/65535") };

static void talk_print(const struct nftables_connection4 *connection, char *text)
{
	char target[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &connection->destination, target, sizeof(target));
	if (connection->protocol == IPPROTO_TCP || connection->protocol == IPPROTO_UDP)
		snprintf(text, TALK_ROOM, "%s %s/%u", target, connection->protocol == IPPROTO_TCP ? "tcp" : "udp",
			 connection->destination_port);
	else if (connection->protocol == IPPROTO_ICMP)
		snprintf(text, TALK_ROOM, "%s icmp", target);
	else
		snprintf(text, TALK_ROOM, "%s protocol %u", target, connection->protocol);
}

static bool talks_have(const json_t *talks, const char *text)
{
	json_t *talk;
	size_t i;

	json_array_foreach(talks, i, talk)
		if (strcmp(json_string_value(talk), text) == 0)
			return true;
	return false;
}

/* context: {LEASE: [TALK, ...], ...} */
static void connection_add(void *context, const struct nftables_connection4 *connection)
{
	char lease[INET_ADDRSTRLEN], text[TALK_ROOM];
	json_t *talks;

	inet_ntop(AF_INET, &connection->source, lease, sizeof(lease));
	talks = json_object_get(context, lease);
	if (!talks || json_array_size(talks) >= TALKS_MAXIMUM)
		return;
	talk_print(connection, text);
	if (!talks_have(talks, text))
		json_array_append_new(talks, json_string(text));
}

void relay_snapshot_talks_add(json_t *clients)
{
	json_t *leases = json_object(), *client, *talks;
	size_t i;

	json_array_foreach(clients, i, client) {
		talks = json_array();
		json_object_set_new(client, "talks", talks);
		json_object_set(leases, conf_json_text(client, "ipv4"), talks);
	}
	if (json_object_size(leases) > 0)
		nftables_connection_walk4(connection_add, leases, CONF_REPORT_DISCARD);
	json_decref(leases);
}
