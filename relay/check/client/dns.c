/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What MagicDNS and each resolver that may be a relay's say of the name, over UDP and over TCP. Nodes that split DNS does not name are asked only when
 * none of those that it names answers as a relay does, or is late.
 */
#include "relay/check/client/run.h"

#include "conf/special.h"
#include "conf/stream.h"
#include "relay/ask/echo.h"
#include "relay/ask/server.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* A reply may take CLIENT_REPLY_MS (relay/check/client/reply.h), and a knock follows where none came. */
enum { KNOCK_MS = 1000, ECHO_MS = 2000, HALF_MS = CLIENT_REPLY_MS + KNOCK_MS + 500 };

struct question {
	struct relay_server server;
	enum relay_transport transport;
	char name[CLIENT_NAME], zone[CLIENT_NAME];
};

/* Why nothing comes from there: the errno of sending or of connecting; ETIMEDOUT when all of that went well. */
static int knock(int type, const struct relay_server *server)
{
	static const char question[12] = {0, 1, 1}; /* a header without a question (RFC 1035 section 4.1.1) */
	uint64_t deadline = conf_stream_deadline(KNOCK_MS);
	int fd = conf_stream_connect(type, (const struct sockaddr *)&server->address, server->length, deadline),
	    error = errno;
	char octet;

	if (fd < 0)
		return error;
	errno = ETIMEDOUT;
	if (type == SOCK_DGRAM && conf_stream_send(fd, question, sizeof(question), deadline) == 0)
		conf_stream_receive(fd, &octet, sizeof(octet), deadline);
	error = errno;
	close(fd);
	return error == EAGAIN ? ETIMEDOUT : error;
}

const struct relay_client_server *relay_client_relay(const struct relay_client *client)
{
	for (size_t i = 0; i < client->server_count; i++)
		if (relay_client_reply_is_relays(&client->servers[i].udp) ||
		    relay_client_reply_is_relays(&client->servers[i].tcp))
			return &client->servers[i];
	return NULL;
}

const struct relay_client_reply *relay_client_expected(const struct relay_client *client)
{
	const struct relay_client_server *relay = relay_client_relay(client);

	if (relay)
		return relay_client_reply_is_relays(&relay->udp) ? &relay->udp : &relay->tcp;
	if (!client->blind)
		return NULL;
	if (relay_client_reply_is_relays(&client->magic))
		return &client->magic;
	return relay_client_reply_is_relays(&client->system.name) ? &client->system.name : NULL;
}

static void half_query(const void *request, void *result)
{
	const struct question *question = request;
	struct relay_client_half *half = result;

	if (relay_client_reply_ask(question->transport, &question->server, question->name, question->zone, &half->reply) != 0)
		half->error = knock(question->transport == RELAY_TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM,
				    &question->server);
}

static void reply_query(const void *request, void *result)
{
	const struct question *question = request;

	relay_client_reply_ask(question->transport, &question->server, question->name,
			       question->zone[0] ? question->zone : NULL, result);
}

static void echo_probe(const void *request, void *result)
{
	const struct conf_address *address = request;

	*(int *)result = address->family == AF_INET ? relay_echo4(address->v4, ECHO_MS) :
						      relay_echo(&address->v6, NULL, ECHO_MS);
}

static void server_begin(struct relay_client_run *run, size_t index)
{
	const struct relay_client *client = run->client;
	const struct relay_client_server *one = &client->servers[index];
	struct relay_client_server_run *server = &run->servers[index];
	struct question question = {.transport = RELAY_TRANSPORT_UDP};

	relay_server_set(&question.server, &one->address);
	snprintf(question.name, sizeof(question.name), "%s", client->name);
	snprintf(question.zone, sizeof(question.zone), "%s", client->domain);
	server->begun = true;
	server->echo = -1;
	server->numbers[0] = relay_client_probe_start(&run->probes, "the relay, over UDP", half_query, &question,
						      &server->udp, sizeof(server->udp), HALF_MS);
	question.transport = RELAY_TRANSPORT_TCP;
	server->numbers[1] = relay_client_probe_start(&run->probes, "the relay, over TCP", half_query, &question,
						      &server->tcp, sizeof(server->tcp), HALF_MS);
	server->numbers[2] = relay_client_probe_start(&run->probes, "a ping of the relay", echo_probe, &one->address,
						      &server->echo, sizeof(server->echo), ECHO_MS + 500);
}

static bool server_is_over(const struct relay_client_run *run, size_t index)
{
	const struct relay_client_server_run *server = &run->servers[index];

	for (size_t i = 0; i < 3; i++)
		if (server->begun && !relay_client_probe_is_over(&run->probes, server->numbers[i]))
			return false;
	return true;
}

/* One that came to no end in time was not answered. */
static void half_read(const struct relay_client_half *half, struct relay_client_reply *reply, int *error)
{
	*reply = half->reply;
	reply->asked = true;
	*error = reply->answered ? 0 : half->error ? half->error : ETIMEDOUT;
}

static void servers_read(struct relay_client_run *run)
{
	for (size_t i = 0; i < run->client->server_count; i++) {
		struct relay_client_server *one = &run->client->servers[i];
		const struct relay_client_server_run *server = &run->servers[i];

		if (!server->begun)
			continue;
		half_read(&server->udp, &one->udp, &one->udp_error);
		half_read(&server->tcp, &one->tcp, &one->tcp_error);
		one->echo = one->udp.answered || one->tcp.answered ? 0 : server->echo;
	}
}

static void servers_begin(struct relay_client_run *run, bool named)
{
	for (size_t i = 0; run->client->domain[0] && i < run->client->server_count; i++)
		if (run->client->servers[i].named == named)
			server_begin(run, i);
}

bool relay_client_named_are_over(const struct relay_client_run *run)
{
	for (size_t i = 0; i < run->client->server_count; i++)
		if (run->client->servers[i].named && !server_is_over(run, i))
			return false;
	return true;
}

bool relay_client_dns_is_over(const struct relay_client_run *run)
{
	for (size_t i = 0; i < run->client->server_count; i++)
		if (!server_is_over(run, i))
			return false;
	for (size_t i = 0; i < CLIENT_LOOKUPS; i++)
		if (!relay_client_probe_is_over(&run->probes, run->lookup_numbers[i]))
			return false;
	return relay_client_probe_is_over(&run->probes, run->magic[0]) &&
	       relay_client_probe_is_over(&run->probes, run->magic[1]);
}

/* A tailscaled without an IPv4 address has MagicDNS at the IPv6 one alone. */
static const char *magic_of(const struct relay_client *client)
{
	bool has_ipv4 = !client->has_status && (client->way.overlay_has_ipv4 || !client->way.overlay_has_ipv6);

	for (size_t i = 0; i < client->status.address_count; i++)
		has_ipv4 |= client->status.addresses[i].family == AF_INET;
	return has_ipv4 ? CONF_TAILNET_RESOLVER : CONF_TAILNET_RESOLVER6;
}

static int magic_begin(struct relay_client_run *run, const char *name, const char *zone, struct relay_client_reply *reply)
{
	struct question question = {.transport = RELAY_TRANSPORT_UDP};

	reply->asked = true;
	if (!name[0] || relay_server_parse(magic_of(run->client), &question.server) != 0)
		return -1;
	snprintf(question.name, sizeof(question.name), "%s", name);
	snprintf(question.zone, sizeof(question.zone), "%s", zone);
	return relay_client_probe_start(&run->probes, "MagicDNS", reply_query, &question, reply, sizeof(*reply), HALF_MS);
}

void relay_client_dns_step(struct relay_client_run *run)
{
	struct relay_client *client = run->client;

	if (!run->begun) {
		run->magic[0] = magic_begin(run, client->name, client->domain, &client->magic);
		run->magic[1] = magic_begin(run, client->plain, "", &client->magic_plain);
		if (client->name[0])
			servers_begin(run, true);
		return;
	}
	servers_read(run);
	if (client->name[0] && !run->others_begun && !relay_client_relay(client) &&
	    (relay_client_named_are_over(run) || relay_client_is_late(run))) {
		run->others_begun = true;
		servers_begin(run, false);
	}
}
