/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay clients and flush: who holds which address of the pool, and taking it away. nat64d tells its clients in pages, and
 * each is printed as it comes: a full pool needs no more memory than a small one.
 */
#include "relay/command.h"
#include "conf/json.h"
#include "relay/common.h"
#include "relay/cli/quantity.h"
#include "relay/cli/print.h"

#include "conf/settings.h"
#include "conf/value.h"
#include "nat64/control/control.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct listing {
	bool json;
	size_t count;
};

#define JSON_BEGIN "{\"version\":%d,\"clients\":["

/* The first client begins the object: without an answer of nat64d there is none, rather than one that says that nobody holds an address. */
static void json_print(struct listing *listing, const json_t *client)
{
	if (listing->count++ == 0)
		printf(JSON_BEGIN "\n", NAT64_CONTROL_VERSION);
	else
		puts(",");
	json_dumpf(client, stdout, JSON_COMPACT);
}

static void row_print(struct listing *listing, const json_t *client)
{
	const json_t *out = json_object_get(client, "out"), *in = json_object_get(client, "in");
	char held[RELAY_QUANTITY_TEXT], idle[RELAY_QUANTITY_TEXT], sent[RELAY_QUANTITY_TEXT], got[RELAY_QUANTITY_TEXT];

	if (listing->count++ == 0)
		relay_print_heading("%-15s  %-39s  %-8s  %-8s  %19s  %19s  %s", "address", "client", "held", "idle",
				    "from it: packets", "to it: packets", "prefix");
	printf("%-15s  %-39s  %-8s  %-8s  %8lld %10s  %8lld %10s  %s\n", conf_json_text(client, "ipv4"),
	       conf_json_text(client, "ipv6"), relay_quantity_duration(conf_json_number(client, "held"), held),
	       relay_quantity_duration(conf_json_number(client, "idle"), idle), conf_json_number(out, "packets"),
	       relay_quantity_octets((uint64_t)conf_json_number(out, "bytes"), sent), conf_json_number(in, "packets"),
	       relay_quantity_octets((uint64_t)conf_json_number(in, "bytes"), got), conf_json_text(client, "prefix"));
}

static void client_print(void *context, const json_t *client)
{
	struct listing *listing = context;

	if (listing->json)
		json_print(listing, client);
	else
		row_print(listing, client);
}

static int clients_show(struct relay_session *session, bool json)
{
	struct listing listing = {.json = json};

	if (nat64_control_walk_clients(session->settings->node.runtime_dir, client_print, &listing, &session->report) != 0)
		return RELAY_EXIT_FAILED;
	if (json && listing.count == 0)
		printf(JSON_BEGIN, NAT64_CONTROL_VERSION);
	if (json)
		puts("]}");
	else if (listing.count == 0)
		puts("No client holds an address.");
	return RELAY_EXIT_OK;
}

int relay_clients(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_show(command, config, argc, argv, relay_session_ask, clients_show);
}

/* Ask for one flush; *count grows by what was forgotten. The question is given away. 0, or -1. */
static int flush_ask(const struct conf_settings *settings, json_t *question, long long *count, struct conf_report *report)
{
	json_t *reply;

	if (nat64_control_ask_with(settings->node.runtime_dir, question, &reply, report) != 0)
		return -1;
	*count += conf_json_number(reply, "forgotten");
	json_decref(reply);
	return 0;
}

/* Every address is one, before the first lease goes. */
static bool addresses_are_good(char **addresses, int count)
{
	struct conf_address ignored;
	bool good = true;

	for (int i = 0; i < count; i++)
		if (conf_address_parse(addresses[i], &ignored) < 0) {
			fprintf(stderr,
				"nat64-relay: flush: \"%s\" is not an address: write a pool address or a client's own "
				"address\n",
				addresses[i]);
			good = false;
		}
	return good;
}

static int flush(const struct conf_settings *settings, const char *member, char **addresses, int count,
		 struct conf_report *report)
{
	int exit_code = RELAY_EXIT_OK;
	long long forgotten = 0;

	if (member && flush_ask(settings, json_pack("{s:s, s:b}", "command", "flush", member, 1), &forgotten, report) != 0)
		exit_code = RELAY_EXIT_FAILED;
	for (int i = 0; i < count && exit_code != RELAY_EXIT_FAILED; i++) {
		long long before = forgotten;

		if (flush_ask(settings, json_pack("{s:s, s:s}", "command", "flush", "address", addresses[i]),
			      &forgotten, report) != 0)
			exit_code = RELAY_EXIT_FAILED;
		else if (forgotten == before)
			printf("%s: no lease\n", addresses[i]);
	}
	if (exit_code == RELAY_EXIT_OK)
		printf("leases ended: %lld\n", forgotten);
	return exit_code;
}

int relay_flush(const struct relay_command *command, const char *config, int argc, char **argv)
{
	bool all = false, idle = false;
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "idle", NULL, "the leases that were not used for 124 minutes", .flag = &idle},
		{0, "all", NULL, "every lease", .flag = &all},
	};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, 3, -1);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if ((int)all + (int)idle + (int)(parsed < argc) != 1) {
		fputs("nat64-relay: flush needs addresses of the pool or of clients, or --idle, or --all\n", stderr);
		return RELAY_EXIT_REFUSED;
	}
	if (!addresses_are_good(argv + parsed, argc - parsed) || relay_session_ask(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, flush(session.settings,
						   all  ? "all" :
						   idle ? "idle" :
							  NULL,
						   argv + parsed, argc - parsed, &session.report));
}
