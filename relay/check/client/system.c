/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs of this client get for the name (getaddrinfo), and who says so: /etc/hosts, and the resolvers of /etc/resolv.conf. */
#include "relay/check/client/run.h"

#include "conf/special.h"
#include "relay/ask/server.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* glibc asks a server again after 5 s. */
enum { LOOKUP_MS = 5500 };

/* One getaddrinfo. */
struct lookup {
	char name[CLIENT_NAME + 1];
	int family;
};

static void lookup_run(const void *request, void *result)
{
	const struct lookup *lookup = request;
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

static int lookup_begin(struct relay_client_run *run, size_t index, const char *name, const char *end, int family)
{
	struct lookup lookup = {.family = family};

	snprintf(lookup.name, sizeof(lookup.name), "%s%s", name, end);
	if (!name[0])
		return -1;
	return relay_client_probe_start(&run->probes, "the resolver of this client", lookup_run, &lookup,
					&run->lookups[index], sizeof(run->lookups[index]), LOOKUP_MS);
}

/* All at once. Without a name none. */
static void lookups_begin(struct relay_client_run *run)
{
	static const int families[CLIENT_LOOKUPS] = {AF_INET6, AF_INET, AF_INET6, AF_INET, AF_INET};
	struct relay_client *client = run->client;

	for (size_t i = 0; i < CLIENT_LOOKUPS; i++)
		run->lookup_numbers[i] = lookup_begin(run, i, i < 4 ? client->name : client->plain,
						      i == 2 || i == 3 ? "." : "", families[i]);
	client->system.name.asked = client->system.absolute.asked = client->system.plain.asked = client->name[0] != '\0';
}

/* One that failed, or took too long, answered nothing. */
static void lookups_read(struct relay_client_run *run)
{
	struct relay_client_system *system = &run->client->system;
	struct relay_client_reply *const into[CLIENT_LOOKUPS] = {&system->name, &system->name, &system->absolute,
								 &system->absolute, &system->plain};

	for (size_t i = 0; i < CLIENT_LOOKUPS; i++) {
		into[i]->answered |= run->lookups[i].answered;
		for (size_t j = 0; j < run->lookups[i].count && j < CLIENT_ADDRESSES; j++)
			relay_client_reply_add(into[i], &run->lookups[i].addresses[j]);
	}
}

static bool lookups_are_over(const struct relay_client_run *run)
{
	for (size_t i = 0; i < CLIENT_LOOKUPS; i++)
		if (!relay_client_probe_is_over(&run->probes, run->lookup_numbers[i]))
			return false;
	return true;
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
			snprintf(client->system.hosts, sizeof(client->system.hosts), "%.*s", (int)strcspn(line, "\n"),
				 line);
	if (file)
		fclose(file);
}

/* resolv.conf(5): what it searches, and whom it asks. */
static size_t resolv_conf_read(struct relay_client_system *system, struct relay_server servers[RELAY_SERVERS_MAX])
{
	FILE *file = fopen("/etc/resolv.conf", "re");
	char line[512];

	if (!file)
		return 0;
	system->server_count = relay_servers_read(file, servers);
	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "search", 6) == 0 || strncmp(line, "domain", 6) == 0)
			snprintf(system->search, sizeof(system->search), "%.*s", (int)strcspn(line, "\n"), line);
	fclose(file);
	for (size_t i = 0; i < system->server_count && i < CLIENT_NAMESERVERS; i++)
		snprintf(system->servers[i], sizeof(system->servers[i]), "%s", servers[i].text);
	return system->server_count < CLIENT_NAMESERVERS ? system->server_count : CLIENT_NAMESERVERS;
}

struct question {
	struct relay_server server;
	char name[CLIENT_NAME];
};

static void reply_query(const void *request, void *result)
{
	const struct question *question = request;

	relay_client_reply_ask(RELAY_TRANSPORT_UDP, &question->server, question->name, NULL, result);
}

/* Each that is another than MagicDNS, when the programs here get something else than MagicDNS says. */
static void resolvers_begin(struct relay_client_run *run)
{
	struct relay_client_system *system = &run->client->system;
	struct relay_server servers[RELAY_SERVERS_MAX];
	size_t count = resolv_conf_read(system, servers);
	struct question question;

	snprintf(question.name, sizeof(question.name), "%s", run->client->name);
	for (size_t i = 0; i < count; i++) {
		question.server = servers[i];
		if (!conf_special_is_tailnet_resolver(servers[i].text) &&
		    !relay_client_reply_is_within(&system->name, &run->client->magic))
			relay_client_probe_start(&run->probes, "a resolver of /etc/resolv.conf", reply_query, &question,
						 &system->replies[i], sizeof(system->replies[i]), CLIENT_REPLY_MS + 500);
	}
}

void relay_client_system_step(struct relay_client_run *run)
{
	if (!run->begun) {
		lookups_begin(run);
		if (run->client->name[0])
			hosts_read(run->client);
		return;
	}
	lookups_read(run);
	if (run->client->name[0] && !run->resolvers_begun &&
	    ((lookups_are_over(run) && relay_client_probe_is_over(&run->probes, run->magic[0])) ||
	     relay_client_is_late(run))) {
		run->resolvers_begun = true;
		resolvers_begin(run);
	}
}
