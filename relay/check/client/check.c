/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64-relay check --client: why does NAME not work on this client? It needs neither root nor settings, only this program. */
#include "relay/check/client/check.h"

#include "conf/value.h"
#include "relay/check/client/client.h"
#include "relay/check/client/judge.h"
#include "relay/cli/command.h"
#include "relay/cli/print.h"
#include "relay/check/verdict.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum relay_place places[] = {
	PLACE_CLIENT_TAILSCALED, PLACE_CLIENT_SPLIT_DNS, PLACE_CLIENT_RELAY,  PLACE_CLIENT_ANSWER,
	PLACE_CLIENT_ROUTE,      PLACE_CLIENT_TRAFFIC,   PLACE_CLIENT_DIRECT,
};
enum { PLACE_COUNT = sizeof(places) / sizeof(places[0]) };

/* Domains that are looked at when no name, or a host alone, is given. */
enum { DOMAINS_MAX = 4 };

/* Without tailscaled's word nobody can say who the relay is. */
static const enum relay_place blind_places[] = {PLACE_CLIENT_TAILSCALED, PLACE_CLIENT_ANSWER, PLACE_CLIENT_ROUTE,
						PLACE_CLIENT_TRAFFIC};

/* Those that are looked at; a client whose tailscaled is not up has but the first. */
static const enum relay_place *places_of(const struct relay_client *client, size_t *count)
{
	*count = client->blind ? sizeof(blind_places) / sizeof(blind_places[0]) : client->up ? PLACE_COUNT : 1;
	return client->blind ? blind_places : places;
}

/* "my-vps.9929, my-vps.cn2" */
static void names_write(const struct relay_client *clients, size_t count, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "%s", clients[0].given[0] ? clients[0].given : "names of a relay");
	for (size_t i = 0; i < count && clients[i].name[0] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", clients[i].name);
}

/* The same finding may be had for several domains: it is shown once. */
static void findings_add(struct relay_findings *all, const struct relay_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct relay_finding *one = &findings->items[i];
		struct relay_finding *added;
		bool known = false;

		for (size_t j = 0; j < all->count; j++)
			known |= all->items[j].id == one->id && strcmp(all->items[j].text, one->text) == 0;
		if (!known && (added = relay_findings_add(all, one->id, one->place, "%s", one->text)))
			*added = *one;
	}
	for (size_t i = 0; i < PLACES; i++)
		if (findings->seen[i][0] && !strstr(all->seen[i], findings->seen[i]))
			relay_findings_see(all, (enum relay_place)i, "%s%s%s", all->seen[i],
					   all->seen[i][0] ? "; " : "", findings->seen[i]);
	all->incomplete |= findings->incomplete;
}

static int judge(const struct relay_client *clients, size_t count, bool json)
{
	struct relay_findings all = {0};
	char names[RELAY_FINDING_TEXT];
	size_t looked_at;
	const enum relay_place *at = places_of(clients, &looked_at);
	json_t *object;
	int exit_code;

	for (size_t i = 0; i < count; i++) {
		struct relay_findings findings = {0};

		relay_client_judge_all(&clients[i], &findings);
		findings_add(&all, &findings);
		relay_findings_clear(&findings);
	}
	names_write(clients, count, names, sizeof(names));
	exit_code = relay_findings_exit(&all);
	if (json) {
		object = relay_verdict_json(&all, names, at, looked_at);
		relay_print_json(object);
		json_decref(object);
	} else {
		relay_verdict_print(&all, names, at, looked_at);
	}
	relay_findings_clear(&all);
	return exit_code;
}

/* A client for each domain: one when the name has its own. How many. */
static size_t clients_prepare(struct relay_client clients[DOMAINS_MAX])
{
	size_t count = 1;

	relay_client_choose(&clients[0]);
	if (clients[0].given[0] && strcmp(clients[0].given, clients[0].name) == 0)
		return 1;
	for (; count < DOMAINS_MAX && count < relay_client_domains(&clients[0]); count++) {
		clients[count] = clients[0];
		clients[count].number = count;
		clients[count].server_count = 0;
		relay_client_choose(&clients[count]);
	}
	if (count < relay_client_domains(&clients[0]))
		fprintf(stderr,
			"nat64-relay: examining the first %zu of %zu split domains: for another, name a host, as in "
			"my-vps.9929\n",
			count, relay_client_domains(&clients[0]));
	return count;
}

static int check(struct relay_client clients[DOMAINS_MAX], bool json)
{
	struct relay_client *client = &clients[0];
	size_t count = 1;
	int exit_code;

	relay_client_ask_tailscaled(client);
	client->blind = !client->has_status && !client->hung && strchr(client->given, '.');
	if (!client->has_status && !client->hung)
		relay_client_find_overlay(client);
	if (!client->has_status && client->way.overlay[0] && !client->blind) {
		fprintf(stderr,
			"nat64-relay: %s\nnat64-relay: without it no split domain is known: write the whole name, as in nat64-relay check --client "
			"my-vps.9929\n",
			client->trouble);
		return RELAY_EXIT_REFUSED;
	}
	if (client->up || client->blind) {
		count = clients_prepare(clients);
		relay_client_examine(clients, count);
	}
	exit_code = judge(clients, count, json);
	relay_client_clear(client); /* the others borrow from it */
	return exit_code;
}

int relay_client_check(const char *given, const char *socket, bool json)
{
	struct relay_client *clients = calloc(DOMAINS_MAX, sizeof(*clients));
	char *name = given ? conf_domain_parse(given) : NULL;
	int exit_code = RELAY_EXIT_REFUSED;

	if (given && (!name || strlen(name) >= sizeof(clients->given) || strcmp(name, ".") == 0)) {
		fprintf(stderr,
			"nat64-relay: \"%s\" is not a host name: write nat64-relay check --client "
			"my-vps.9929\n",
			given);
	} else if (clients) {
		clients->socket = socket;
		snprintf(clients->given, sizeof(clients->given), "%s", name ? name : "");
		exit_code = check(clients, json);
	}
	free(name);
	free(clients);
	return exit_code;
}
