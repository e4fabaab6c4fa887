// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The questions of check --client: the relay itself over UDP and TCP, MagicDNS, and what programs of this client get (getaddrinfo, in a child process
 * each, since a dead resolver holds it up for long). Nodes that split DNS does not name are asked only when none of those that it names answers as a
 * relay does.
 */
#include "relay/client.h"

#include "conf/report.h"
#include "conf/stream.h"
#include "conf/tailnet.h"
#include "relay/echo.h"
#include "relay/errand.h"
#include "relay/server.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SYSTEM_MS = 11000, KNOCK_MS = 1500, ECHO_MS = 1500, ERRANDS = 5 };
static const char magic_dns[] = "100.100.100.100";

/* One getaddrinfo. */
struct lookup {
	char name[CLIENT_NAME + 1];
	int family;
};

static void lookup_do(const void *wish, void *result)
{
	const struct lookup *lookup = wish;
	struct relay_client_reply *reply = result;
	struct addrinfo hints = {.ai_family = lookup->family, .ai_socktype = SOCK_STREAM}, *list = NULL;
	int error = getaddrinfo(lookup->name, NULL, &hints, &list);

	reply->answered = error == 0 || error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY;
	for (const struct addrinfo *one = list; one; one = one->ai_next) {
		struct conf_address address = {.family = one->ai_family};

		if (one->ai_family == AF_INET)
			address.v4 = ((const struct sockaddr_in *)(const void *)one->ai_addr)->sin_addr;
		else
			address.v6 = ((const struct sockaddr_in6 *)(const void *)one->ai_addr)->sin6_addr;
		relay_client_reply_add(reply, &address);
	}
	if (list)
		freeaddrinfo(list);
}

/* The lookups of this client's programs, all at once. */
struct system_lookups {
	struct lookup wishes[ERRANDS];
	struct relay_errand errands[ERRANDS];
	struct relay_client_reply *into[ERRANDS];
};

static void lookup_start(struct system_lookups *lookups, size_t index, struct relay_client_reply *into, const char *name, const char *end, int family)
{
	lookups->errands[index] = (struct relay_errand){.pipe = -1};
	lookups->into[index] = into;
	lookups->wishes[index].family = family;
	snprintf(lookups->wishes[index].name, sizeof(lookups->wishes[index].name), "%s%s", name, end);
	into->asked = true;
	if (name[0])
		relay_errand_start(&lookups->errands[index], lookup_do, &lookups->wishes[index], sizeof(struct relay_client_reply), SYSTEM_MS);
}

static void lookups_start(struct system_lookups *lookups, struct relay_client *client)
{
	struct relay_client_system *system = &client->system;

	lookup_start(lookups, 0, &system->name, client->name, "", AF_INET6);
	lookup_start(lookups, 1, &system->name, client->name, "", AF_INET);
	lookup_start(lookups, 2, &system->absolute, client->name, ".", AF_INET6);
	lookup_start(lookups, 3, &system->absolute, client->name, ".", AF_INET);
	lookup_start(lookups, 4, &system->plain, client->plain, "", AF_INET);
}

/* One that failed, or took too long, answered nothing. */
static void lookups_finish(struct system_lookups *lookups)
{
	for (size_t i = 0; i < ERRANDS; i++) {
		struct relay_client_reply reply = {0};

		while (lookups->errands[i].pid != 0 && !relay_errand_is_over(&lookups->errands[i], &reply, sizeof(reply)))
			poll(NULL, 0, 20);
		lookups->into[i]->answered |= reply.answered;
		for (size_t j = 0; j < reply.count && j < CLIENT_ADDRESSES; j++)
			relay_client_reply_add(lookups->into[i], &reply.addresses[j]);
	}
}

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

static int echo_try(const struct conf_address *address)
{
	return address->family == AF_INET ? relay_echo4(address->v4, ECHO_MS) : relay_echo(&address->v6, NULL, ECHO_MS);
}

static void server_ask(struct relay_client *client, struct relay_client_server *one)
{
	struct relay_server server;

	relay_server_set(&server, &one->address);
	if (relay_client_reply_ask(RELAY_TRANSPORT_UDP, &server, client->name, client->domain, &one->udp) != 0)
		one->udp_error = knock(SOCK_DGRAM, &server);
	if (relay_client_reply_ask(RELAY_TRANSPORT_TCP, &server, client->name, client->domain, &one->tcp) != 0)
		one->tcp_error = knock(SOCK_STREAM, &server);
	one->echo = one->udp.answered || one->tcp.answered ? 0 : echo_try(&one->address);
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

static void servers_ask(struct relay_client *client)
{
	for (size_t i = 0; client->domain[0] && i < client->server_count; i++)
		if (client->servers[i].named || !relay_client_relay(client))
			server_ask(client, &client->servers[i]);
}

/* Does the line name the host? "ADDRESS NAME...  # comment" (hosts(5)). */
static bool line_names(const char *line, const char *name)
{
	char copy[512], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "#\n"), line);
	strtok_r(rest, " \t", &rest);
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (strcasecmp(word, name) == 0)
			return true;
	return false;
}

static void hosts_read(struct relay_client *client)
{
	FILE *file = fopen("/etc/hosts", "re");
	char line[512];

	while (file && client->system.hosts[0] == '\0' && fgets(line, sizeof(line), file))
		if (line_names(line, client->name))
			snprintf(client->system.hosts, sizeof(client->system.hosts), "%.*s", (int)strcspn(line, "\n"), line);
	if (file)
		fclose(file);
}

/* resolv.conf(5), and what each of its servers says, as far as it is another than MagicDNS. */
static void resolv_conf_read(struct relay_client *client)
{
	struct relay_client_system *system = &client->system;
	struct relay_server servers[RELAY_SERVERS_MAX];
	FILE *file = fopen("/etc/resolv.conf", "re");
	char line[512];

	if (!file)
		return;
	system->server_count = relay_servers_read(file, servers);
	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "search", 6) == 0 || strncmp(line, "domain", 6) == 0)
			snprintf(system->search, sizeof(system->search), "%.*s", (int)strcspn(line, "\n"), line);
	fclose(file);
	for (size_t i = 0; i < system->server_count && i < CLIENT_NAMESERVERS; i++)
		snprintf(system->servers[i], sizeof(system->servers[i]), "%s", servers[i].text);
	for (size_t i = 0; i < system->server_count && i < CLIENT_NAMESERVERS; i++)
		if (strcmp(servers[i].text, magic_dns) != 0 && !relay_client_reply_is_within(&system->name, &client->magic))
			relay_client_reply_ask(RELAY_TRANSPORT_UDP, &servers[i], client->name, NULL, &system->replies[i]);
}

void relay_client_ask_dns(struct relay_client *client)
{
	static struct system_lookups lookups;
	struct relay_server magic;

	if (client->name[0] == '\0')
		return;
	lookups_start(&lookups, client);
	if (relay_server_parse(magic_dns, &magic) == 0) {
		relay_client_reply_ask(RELAY_TRANSPORT_UDP, &magic, client->name, client->domain, &client->magic);
		if (client->plain[0] && (client->magic.answered || client->up))
			relay_client_reply_ask(RELAY_TRANSPORT_UDP, &magic, client->plain, NULL, &client->magic_plain);
	}
	servers_ask(client);
	hosts_read(client);
	lookups_finish(&lookups);
	resolv_conf_read(client);
}
