/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers to "clients" and "flush": who holds which address, and taking it away. */
#include "nat64/daemon/answer.h"

#include "conf/json.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "nat64/pool/leasefile.h"
#include "nat64/pool/leases.h"
#include "nat64/pool/leases_entry.h"
#include "nat64/pool/leases_walk.h"
#include "nat64/daemon/state.h"

#include <arpa/inet.h>
#include <jansson.h>

#define PAGE 500 /* clients in one answer */

static json_t *traffic_json(const struct nat64_leases_traffic *traffic)
{
	return json_pack("{s:o, s:o}", "packets", nat64d_answer_number(traffic->packets), "bytes",
			 nat64d_answer_number(traffic->bytes));
}

static int64_t seconds_since(int64_t now, int64_t then)
{
	return now > then ? now - then : 0;
}

static json_t *client_json(const struct conf_settings *settings, const struct nat64_leases_entry *entry, int64_t now)
{
	char ipv4[INET_ADDRSTRLEN], ipv6[INET6_ADDRSTRLEN];
	json_t *client;

	inet_ntop(AF_INET, &entry->address, ipv4, sizeof(ipv4));
	inet_ntop(AF_INET6, &entry->client.address, ipv6, sizeof(ipv6));
	client = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "ipv4", ipv4, "ipv6", ipv6, "held",
			   (json_int_t)seconds_since(now, entry->since), "idle",
			   (json_int_t)seconds_since(now, entry->last_used), "out", traffic_json(&entry->out), "in",
			   traffic_json(&entry->in));
	if (entry->client.prefix < settings->common.prefix_count)
		json_object_set_new(client, "prefix",
				    nat64d_answer_prefix6(&settings->common.prefixes[entry->client.prefix].prefix));
	return client;
}

/* The place in the pool where a page begins: that of the question's "from". False: it is no address of the pool. */
static bool page_begin(const struct conf_settings *settings, const json_t *question, uint64_t *place)
{
	const json_t *from = json_object_get(question, "from");
	struct in_addr address;

	*place = 0;
	if (!from)
		return true;
	if (!json_is_string(from) || inet_pton(AF_INET, json_string_value(from), &address) != 1 ||
	    !conf_prefix4_contains(&settings->translation.dynamic_pool, address))
		return false;
	*place = ntohl(address.s_addr) - ntohl(settings->translation.dynamic_pool.address.s_addr);
	return true;
}

static void next_set(json_t *answer, const struct conf_prefix4 *pool, uint64_t place)
{
	struct in_addr next = conf_prefix4_address(pool, (uint32_t)place);
	char text[INET_ADDRSTRLEN];

	json_object_set_new(answer, "next", json_string(inet_ntop(AF_INET, &next, text, sizeof(text))));
}

json_t *nat64d_answer_clients(const struct answer_source *source, const json_t *question)
{
	const struct conf_settings *settings = (*source->state)->settings;
	struct leases *leases = (*source->state)->leases;
	struct nat64_leases_entry entries[PAGE];
	json_t *clients = json_array(), *answer;
	size_t count = 0;
	uint64_t place;

	answer = json_pack("{s:i, s:o}", "version", NAT64_CONTROL_VERSION, "clients", clients);
	if (!leases)
		return answer;
	if (!page_begin(settings, question, &place)) {
		json_decref(answer);
		return nat64d_answer_refusal("\"from\" is not an address of the pool");
	}
	count = nat64_leases_copy(leases, &place, entries, PAGE);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(clients, client_json(settings, &entries[i], nat64_leasefile_clock_read().steady));
	if (count == PAGE && place < conf_prefix4_size(&settings->translation.dynamic_pool))
		next_set(answer, &settings->translation.dynamic_pool, place);
	return answer;
}

/* The leases of a client, one for each prefix that it talks through. */
static uint64_t client_flush(const struct state *state, const struct in6_addr *address)
{
	uint64_t count = 0;

	for (unsigned i = 0; i == 0 || i < state->settings->common.prefix_count; i++) {
		struct nat64_leases_client client = {.address = *address, .prefix = i};
		struct in_addr held;
		bool found = nat64_leases_find(state->leases, &client, &held);

		count += found && nat64_leases_forget_one(state->leases, held);
	}
	return count;
}

/* {"address":IPv4 or IPv6}, {"idle":true} or {"all":true}. */
json_t *nat64d_answer_flush(const struct answer_source *source, const json_t *question)
{
	const struct state *state = *source->state;
	const char *text = json_string_value(json_object_get(question, "address"));
	int64_t now = nat64_leasefile_clock_read().steady;
	struct in6_addr client;
	struct in_addr address;
	uint64_t count = 0;

	if (!state->leases)
		return nat64d_answer_refusal("there is no dynamic-pool, and so there are no leases");
	if (conf_json_is_true(question, "all"))
		count = nat64_leases_forget(state->leases, INT64_MAX);
	else if (conf_json_is_true(question, "idle"))
		count = nat64_leases_forget(state->leases, now - LEASE_IDLE_SECONDS);
	else if (text && inet_pton(AF_INET, text, &address) == 1)
		count = nat64_leases_forget_one(state->leases, address);
	else if (text && inet_pton(AF_INET6, text, &client) == 1)
		count = client_flush(state, &client);
	else
		return nat64d_answer_refusal("flush needs \"address\", an IPv4 or IPv6 address, or \"idle\" or "
					     "\"all\"");
	return json_pack("{s:i, s:o}", "version", NAT64_CONTROL_VERSION, "forgotten", nat64d_answer_number(count));
}
