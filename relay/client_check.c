// SPDX-License-Identifier: GPL-2.0-or-later
/* nat64-relay check --client: why does NAME not work on this client? It needs neither root nor settings, only this program. */
#include "relay/client_check.h"

#include "conf/value.h"
#include "relay/client.h"
#include "relay/client_judge.h"
#include "relay/command.h"
#include "relay/say.h"
#include "relay/verdict.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum relay_place places[] = {
	PLACE_CLIENT_TAILSCALED, PLACE_CLIENT_SPLIT_DNS, PLACE_CLIENT_RELAY, PLACE_CLIENT_ANSWER, PLACE_CLIENT_ROUTE, PLACE_CLIENT_TRAFFIC, PLACE_CLIENT_DIRECT,
};
enum { PLACE_COUNT = sizeof(places) / sizeof(places[0]) };

/* Places that are not looked at, for a client without tailscaled has none of them. */
static size_t places_count(const struct relay_client *client)
{
	return client->up ? PLACE_COUNT : 1;
}

static void print(const struct relay_client *client, const struct relay_findings *findings, bool json)
{
	const char *name = client->name[0] ? client->name : client->given[0] ? client->given : "names of a relay";
	json_t *all;

	if (!json) {
		relay_verdict_print(findings, name, places, places_count(client));
		return;
	}
	all = relay_verdict_json(findings, name, places, places_count(client));
	relay_say_json(all);
	json_decref(all);
}

int relay_client_check(const char *given, const char *socket, bool json)
{
	struct relay_client *client = calloc(1, sizeof(*client));
	struct relay_findings findings = {0};
	char *name = given ? conf_domain_parse(given) : NULL;
	int exit_code = RELAY_EXIT_REFUSED;

	if (given && (!name || strlen(name) >= sizeof(client->given) || strcmp(name, ".") == 0)) {
		fprintf(stderr, "nat64-relay: \"%s\" is no name of a host: write nat64-relay check --client my-vps.9929\n", given);
	} else if (client) {
		client->socket = socket;
		snprintf(client->given, sizeof(client->given), "%s", name ? name : "");
		relay_client_ask_tailscaled(client);
		if (client->up) {
			relay_client_choose(client);
			relay_client_ask_dns(client);
			relay_client_try_way(client);
		}
		relay_client_judge_all(client, &findings);
		print(client, &findings, json);
		exit_code = relay_findings_exit(&findings);
		relay_client_clear(client);
	}
	relay_findings_clear(&findings);
	free(name);
	free(client);
	return exit_code;
}
