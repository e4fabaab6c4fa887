// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The questions of check --client, all at once, a process each (jobs.h): MagicDNS, each relay over UDP and TCP and a ping to it, and what programs of
 * this client get. Together they take as long as the slowest. Nodes that split DNS does not name are asked only when none of those that it names has
 * answered as a relay does for a while.
 */
#include "relay/client.h"

#include "conf/report.h"
#include "conf/stream.h"
#include "relay/client_system.h"
#include "relay/clock.h"
#include "relay/echo.h"
#include "relay/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KNOCK_MS = 1500, ECHO_MS = 1500, ECHO_TRIES = 2, NAMED_MS = 1200, JOB_MS = 12000, POLL_MS = 10 };
static const char magic_dns[] = "100.100.100.100";

bool relay_client_is_magic(const char *server)
{
	return strcmp(server, magic_dns) == 0 || strcmp(server, "fd7a:115c:a1e0::53") == 0;
}

/* One server by one transport. */
struct request {
	enum relay_transport transport;
	struct relay_server server;
	const char *name, *zone;
};

struct result {
	struct relay_client_reply reply;
	int error; /* errno, without a reply */
};

/* Why nothing comes from there: the errno of sending or of connecting; ETIMEDOUT when all of that went well. */
static int knock(int type, const struct relay_server *server)
{
	static const char question[12] = {0, 1, 1}; /* a header without a question (RFC 1035 section 4.1.1) */
	uint64_t deadline = conf_stream_deadline(KNOCK_MS);
	int fd = conf_stream_connect(type, (const struct sockaddr *)&server->address, server->length, deadline), error = errno;
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

/* What is refused at once is not asked again. */
static void ask_do(const void *request, void *result)
{
	const struct request *wanted = request;
	struct result *got = result;

	if (relay_client_reply_ask(wanted->transport, &wanted->server, wanted->name, wanted->zone, &got->reply) != 0)
		got->error = knock(wanted->transport == RELAY_TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM, &wanted->server);
}

static void echo_do(const void *request, void *result)
{
	const struct conf_address *address = request;
	int *took = result;

	*took = -1;
	for (int i = 0; i < ECHO_TRIES && *took == -1; i++)
		*took = address->family == AF_INET ? relay_echo4(address->v4, ECHO_MS) : relay_echo(&address->v6, NULL, ECHO_MS);
}

/* What is asked of one server: its jobs, and what they bring. */
struct asked {
	struct request requests[2]; /* UDP, TCP */
	struct result results[2];
	struct relay_job jobs[3];
	bool started;
};

static void asked_start(struct asked *asked, const struct relay_client *client, struct relay_client_server *server)
{
	for (size_t i = 0; i < 2; i++) {
		struct request *request = &asked->requests[i];

		*request = (struct request){i == 0 ? RELAY_TRANSPORT_UDP : RELAY_TRANSPORT_TCP, .name = client->name, .zone = client->domain};
		relay_server_set(&request->server, &server->address);
		asked->results[i] = (struct result){.reply = {.asked = true}, .error = ETIMEDOUT};
		asked->jobs[i] = (struct relay_job){
			.work = ask_do, .request = request, .result = &asked->results[i], .size = sizeof(asked->results[i]), .timeout_ms = JOB_MS};
		relay_job_start(&asked->jobs[i]);
	}
	server->echo = -1;
	asked->jobs[2] = (struct relay_job){
		.work = echo_do, .request = &server->address, .result = &server->echo, .size = sizeof(server->echo), .timeout_ms = JOB_MS};
	relay_job_start(&asked->jobs[2]);
	asked->started = true;
}

/* Take what has come. A ping that is not needed is not waited for. Is all there? */
static bool asked_take(struct asked *asked, struct relay_client_server *server)
{
	bool over = !asked->started || relay_jobs_poll(asked->jobs, 2);

	if (!asked->started)
		return true;
	server->udp = asked->results[0].reply;
	server->tcp = asked->results[1].reply;
	server->udp_error = server->udp.answered ? 0 : asked->results[0].error;
	server->tcp_error = server->tcp.answered ? 0 : asked->results[1].error;
	return (relay_jobs_poll(&asked->jobs[2], 1) || server->udp.answered || server->tcp.answered) && over;
}

static bool answers_as_relay(const struct relay_client_reply *reply)
{
	if (!reply->answered)
		return false;
	for (size_t i = 0; i < reply->count; i++)
		if (reply->addresses[i].family == AF_INET6)
			return true;
	return reply->is_of_zone;
}

const struct relay_client_server *relay_client_relay(const struct relay_client *client)
{
	for (size_t i = 0; i < client->server_count; i++)
		if (answers_as_relay(&client->servers[i].udp) || answers_as_relay(&client->servers[i].tcp))
			return &client->servers[i];
	return NULL;
}

const struct relay_client_reply *relay_client_expected(const struct relay_client *client)
{
	const struct relay_client_server *relay = relay_client_relay(client);

	return !relay ? NULL : answers_as_relay(&relay->udp) ? &relay->udp : &relay->tcp;
}

struct round {
	struct asked servers[CLIENT_SERVERS];
	struct request magic_requests[2]; /* the name, the plain name */
	struct result magic_results[2];
	struct relay_job magic_jobs[2];
	struct relay_client_lookups lookups;
};

static void magic_start(struct round *round, const struct relay_client *client)
{
	for (size_t i = 0; i < 2; i++) {
		struct request *request = &round->magic_requests[i];

		*request = (struct request){RELAY_TRANSPORT_UDP, .name = i == 0 ? client->name : client->plain, .zone = i == 0 ? client->domain : NULL};
		round->magic_jobs[i] = (struct relay_job){
			.work = ask_do, .request = request, .result = &round->magic_results[i], .size = sizeof(round->magic_results[i]),
			.timeout_ms = JOB_MS, .errand = {.pipe = -1}, .over = true};
		if (relay_server_parse(magic_dns, &request->server) == 0 && request->name[0])
			relay_job_start(&round->magic_jobs[i]);
	}
}

/* named: those that split DNS names; else the others. */
static void servers_start(struct round *round, struct relay_client *client, bool named)
{
	for (size_t i = 0; client->domain[0] && i < client->server_count; i++)
		if (client->servers[i].named == named && !round->servers[i].started)
			asked_start(&round->servers[i], client, &client->servers[i]);
}

static bool servers_take(struct round *round, struct relay_client *client)
{
	bool over = true;

	for (size_t i = 0; i < client->server_count; i++)
		over = asked_take(&round->servers[i], &client->servers[i]) && over;
	return over;
}

/* Until all is there. Others than those that are named are started when these are silent, or are no relays. */
static void round_run(struct round *round, struct relay_client *client)
{
	uint64_t begun = relay_clock_ms();
	bool over, others = false;

	servers_start(round, client, true);
	for (;;) {
		over = servers_take(round, client);
		over = relay_jobs_poll(round->magic_jobs, 2) && over;
		if (!others && !relay_client_relay(client) && (over || relay_clock_ms() - begun > NAMED_MS)) {
			servers_start(round, client, false);
			others = true;
		} else if (over) {
			break;
		} else {
			poll(NULL, 0, POLL_MS);
		}
	}
	for (size_t i = 0; i < client->server_count; i++)
		if (round->servers[i].started)
			relay_jobs_stop(round->servers[i].jobs, 3);
}

void relay_client_ask_dns(struct relay_client *client)
{
	struct round *round = client->name[0] ? calloc(1, sizeof(*round)) : NULL;

	if (!round)
		return;
	relay_client_lookups_start(&round->lookups, client);
	magic_start(round, client);
	round_run(round, client);
	client->magic = round->magic_results[0].reply;
	client->magic_plain = round->magic_results[1].reply;
	relay_client_lookups_finish(&round->lookups, client, relay_client_relay(client));
	relay_client_read_files(client);
	free(round);
}
