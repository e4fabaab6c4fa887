// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the programs of this client get for the name (getaddrinfo, all look-ups at once, a process each, since a dead resolver holds one up for long),
 * and what decides that: /etc/hosts, resolv.conf, and the answers of other resolvers that it names.
 */
#include "relay/client.h"

#include "conf/tailnet.h"
#include "relay/client_system.h"
#include "relay/server.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* One of resolv.conf's servers is waited for 5 s, before the next is asked. */
enum { SYSTEM_MS = 7000, SILENT_MS = 500 };

/* One getaddrinfo. */
static void lookup_do(const void *request, void *result)
{
	const struct relay_client_lookup *lookup = request;
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

static void lookup_start(struct relay_client_lookups *lookups, size_t index, const char *name, const char *end, int family)
{
	struct relay_client_lookup *lookup = &lookups->lookups[index];

	lookup->family = family;
	snprintf(lookup->name, sizeof(lookup->name), "%s%s", name, end);
	lookups->jobs[index] = (struct relay_job){
		.work = lookup_do, .request = lookup, .result = &lookups->replies[index], .size = sizeof(lookups->replies[index]),
		.timeout_ms = SYSTEM_MS, .errand = {.pipe = -1}, .over = true};
	if (name[0])
		relay_job_start(&lookups->jobs[index]);
}

void relay_client_lookups_start(struct relay_client_lookups *lookups, const struct relay_client *client)
{
	memset(lookups, 0, sizeof(*lookups));
	lookup_start(lookups, 0, client->name, "", AF_INET6);
	lookup_start(lookups, 1, client->name, "", AF_INET);
	lookup_start(lookups, 2, client->name, ".", AF_INET6);
	lookup_start(lookups, 3, client->name, ".", AF_INET);
	lookup_start(lookups, 4, client->plain, "", AF_INET);
}

/* One that failed, or took too long, answered nothing. */
static void reply_merge(struct relay_client_reply *into, const struct relay_client_reply *reply)
{
	into->asked = true;
	into->answered |= reply->answered;
	for (size_t i = 0; i < reply->count && i < CLIENT_ADDRESSES; i++)
		relay_client_reply_add(into, &reply->addresses[i]);
}

void relay_client_lookups_finish(struct relay_client_lookups *lookups, struct relay_client *client, bool relay_answers)
{
	struct relay_client_system *system = &client->system;
	struct relay_client_reply *const into[CLIENT_LOOKUPS] = {&system->name, &system->name, &system->absolute, &system->absolute, &system->plain};

	relay_jobs_wait(lookups->jobs, CLIENT_LOOKUPS, relay_answers ? SYSTEM_MS : SILENT_MS);
	relay_jobs_stop(lookups->jobs, CLIENT_LOOKUPS);
	for (size_t i = 0; i < CLIENT_LOOKUPS; i++)
		reply_merge(into[i], &lookups->replies[i]);
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
		if (!relay_client_is_magic(servers[i].text) && !relay_client_reply_is_within(&system->name, &client->magic))
			relay_client_reply_ask(RELAY_TRANSPORT_UDP, &servers[i], client->name, NULL, &system->replies[i]);
}

void relay_client_read_files(struct relay_client *client)
{
	hosts_read(client);
	resolv_conf_read(client);
}
