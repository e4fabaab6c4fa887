/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another relay is a node that offers what we offer: a standby's routes stand among those that it offers alone, the primary's in its PrimaryRoutes too. Of two relays the one that a peer sends to counts, and this node is a peer of
 * every other: what it sees of itself may be old (facts: a relay that withdrew and came back saw itself as primary).
 *
 * It is asked by one HTTP request without a library: a few octets out, the first kilobytes in, one deadline for all of it, and nothing followed.
 */
#include "relay/ask/other_relay.h"

#include "conf/http.h"
#include "conf/settings.h"
#include "conf/stream.h"
#include "relay/ask/server.h"
#include "relay/host/machine.h"
#include "tailscale/netmap.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_ROOM = 4096, REQUEST_ROOM = 160, VERSION = sizeof("HTTP/1.1") - 1, STATUS_OK = 200 };

static bool is_offered(const struct tailscale_node *node, const struct conf_prefix *prefix)
{
	return tailscale_prefixes_have(&node->advertised, prefix) || tailscale_prefixes_have(&node->primary, prefix);
}

/* False: it is no relay of these routes. */
static bool other_make(const struct conf_settings *settings, const struct tailscale_node *node, struct relay_other *other)
{
	bool offers = node->online && !node->expired, primary = true;

	for (size_t i = 0; i < settings->node.advertised_count; i++) {
		offers &= is_offered(node, &settings->node.advertised[i]);
		primary &= tailscale_prefixes_have(&node->primary, &settings->node.advertised[i]);
	}
	*other = (struct relay_other){.primary = primary};
	snprintf(other->name, sizeof(other->name), "%.*s", node->name ? (int)strcspn(node->name, ".") : 0,
		 node->name ? node->name : "");
	for (size_t i = 0; i < node->addresses.count && i < RELAY_OTHER_ADDRESSES; i++)
		other->addresses[other->address_count++] = conf_prefix_address(&node->addresses.items[i]);
	return offers && other->address_count > 0;
}

size_t relay_others_find(const struct conf_settings *settings, const struct tailscale_netmap *netmap,
			 struct relay_other others[RELAY_OTHERS_MAX])
{
	size_t count = 0;

	if (settings->node.advertised_count == 0)
		return 0;
	for (size_t i = 0; i < netmap->peer_count && count < RELAY_OTHERS_MAX; i++)
		if (other_make(settings, &netmap->peers[i], &others[count]))
			count++;
	return count;
}

/* "good; age=1200" */
static void reach_parse(const char *value, struct relay_other_health *health)
{
	const char *age = strstr(value, "; age=");
	char *end;

	if (!age || (strncmp(value, "good;", 5) != 0 && strncmp(value, "bad;", 4) != 0))
		return;
	health->age = strtoull(age + 6, &end, 10);
	health->says = end != age + 6 && age[6] != '-' && *end == '\0';
	health->reaches = health->says && *value == 'g';
}

bool relay_other_parse(const char *text, size_t length, struct relay_other_health *health)
{
	char copy[ANSWER_ROOM + 1], *line, *next;

	*health = (struct relay_other_health){.answered = false};
	length = length < ANSWER_ROOM ? length : ANSWER_ROOM;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strncmp(copy, "HTTP/1.", VERSION - 1) != 0 || length < VERSION + 4 || copy[VERSION] != ' ')
		return false;
	health->answered = true;
	health->works = atoi(copy + VERSION + 1) == STATUS_OK;
	for (line = strstr(copy, "\r\n"); line && (next = strstr(line + 2, "\r\n")) && next != line + 2; line = next) {
		*next = '\0';
		if (strncasecmp(line + 2, RELAY_OTHER_HEADER ": ", sizeof(RELAY_OTHER_HEADER ": ") - 1) == 0)
			reach_parse(line + 2 + sizeof(RELAY_OTHER_HEADER ": ") - 1, health);
		*next = '\r';
	}
	return true;
}

/* Send the request, and read what comes until the end, the deadline, or as much as is looked at. How many octets. */
static size_t exchange(const struct relay_server *server, const char *request, char *answer, size_t size, uint64_t deadline)
{
	int connection = conf_stream_connect(SOCK_STREAM, (const struct sockaddr *)&server->address, server->length,
					     deadline);
	size_t length = 0;
	ssize_t got = 1;

	if (connection < 0)
		return 0;
	if (conf_stream_send(connection, request, strlen(request), deadline) == 0)
		while (length < size && got > 0) {
			got = conf_stream_receive(connection, answer + length, size - length, deadline);
			length += got > 0 ? (size_t)got : 0;
		}
	close(connection);
	return length;
}

void relay_other_ask(const struct conf_settings *settings, const struct relay_other *other, unsigned timeout_ms,
		     bool look, struct relay_other_health *health)
{
	unsigned port = conf_served_port(settings) ? conf_served_port(settings) : CONF_HTTP_PORT;
	char host[INET6_ADDRSTRLEN], place[INET6_ADDRSTRLEN + 8], request[REQUEST_ROOM], answer[ANSWER_ROOM];
	struct relay_server server;
	size_t length;

	*health = (struct relay_other_health){.answered = false};
	for (size_t i = 0; i < other->address_count && !health->answered; i++) {
		bool is6 = other->addresses[i].family == AF_INET6;

		relay_machine_address_print(&other->addresses[i], host);
		snprintf(place, sizeof(place), "%s@%u", host, port);
		snprintf(request, sizeof(request),
			 "GET /healthz%s HTTP/1.1\r\nHost: %s%s%s:%u\r\nConnection: close\r\n\r\n",
			 look ? "?" CONF_SERVED_LOOK "=now" : "", is6 ? "[" : "", host, is6 ? "]" : "", port);
		if (relay_server_parse(place, &server) != 0)
			continue;
		length = exchange(&server, request, answer, sizeof(answer),
				  conf_stream_deadline(timeout_ms / (unsigned)other->address_count));
		relay_other_parse(answer, length, health);
	}
}
