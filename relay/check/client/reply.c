/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of check --client, and how two answers are compared. */
#include "relay/check/client/reply.h"

#include "conf/report.h"
#include "conf/stream.h"
#include "conf/tailnet.h"
#include "relay/host/clock.h"
#include "relay/host/machine.h"
#include "relay/ask/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = CLIENT_REPLY_MS / 2, TRIES = 2 };

void relay_client_reply_add(struct relay_client_reply *reply, const struct conf_address *address)
{
	if (reply->count < CLIENT_ADDRESSES && !relay_client_reply_has(reply, address))
		reply->addresses[reply->count++] = *address;
}

static void alias_parse(struct relay_client_reply *reply, const struct relay_answer *answer)
{
	const ldns_rr_list *records = ldns_pkt_answer(answer->packet);
	char *text;
	size_t length;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records) && reply->alias[0] == '\0'; i++) {
		const ldns_rr *record = ldns_rr_list_rr(records, i);

		if (ldns_rr_get_type(record) != LDNS_RR_TYPE_CNAME || !(text = ldns_rdf2str(ldns_rr_rdf(record, 0))))
			continue;
		length = strlen(text);
		snprintf(reply->alias, sizeof(reply->alias), "%.*s",
			 (int)(length > 0 && text[length - 1] == '.' ? length - 1 : length), text);
		free(text);
	}
}

static void answer_parse(struct relay_client_reply *reply, const struct relay_answer *answer, const char *zone)
{
	struct in6_addr six[CLIENT_ADDRESSES];
	struct in_addr four[CLIENT_ADDRESSES];
	size_t six_count = relay_answer_aaaa(answer, NULL, six, CLIENT_ADDRESSES),
	       four_count = relay_answer_a(answer, NULL, four, CLIENT_ADDRESSES);

	if (!reply->answered)
		snprintf(reply->code, sizeof(reply->code), "%s", relay_answer_code(answer));
	reply->answered = true;
	reply->is_of_zone |= zone && relay_answer_is_of_zone(answer, zone);
	for (size_t i = 0; i < six_count && i < CLIENT_ADDRESSES; i++)
		relay_client_reply_add(reply, &(struct conf_address){.family = AF_INET6, .v6 = six[i]});
	for (size_t i = 0; i < four_count && i < CLIENT_ADDRESSES; i++)
		relay_client_reply_add(reply, &(struct conf_address){.family = AF_INET, .v4 = four[i]});
	alias_parse(reply, answer);
}

static int type_ask(enum relay_transport transport, const struct relay_server *server, const char *name,
		    ldns_rr_type type, const char *zone, uint64_t deadline, struct relay_client_reply *reply)
{
	struct relay_answer answer;
	int result = -1;

	for (int i = 0; i < (transport == RELAY_TRANSPORT_UDP ? TRIES : 1) && result != 0; i++) {
		uint64_t now = relay_clock_ms(), left = now < deadline ? deadline - now : 0;

		if (left > 0)
			result = relay_server_ask_by(transport, server, name, type, left < ASK_MS ? (unsigned)left : ASK_MS,
						     &answer, CONF_REPORT_DISCARD);
	}
	if (result == 0) {
		answer_parse(reply, &answer, zone);
		relay_answer_clear(&answer);
	}
	return result;
}

int relay_client_reply_ask(enum relay_transport transport, const struct relay_server *server, const char *name,
			   const char *zone, struct relay_client_reply *reply)
{
	uint64_t deadline = conf_stream_deadline(CLIENT_REPLY_MS);

	*reply = (struct relay_client_reply){.asked = true};
	if (type_ask(transport, server, name, LDNS_RR_TYPE_AAAA, zone, deadline, reply) != 0)
		return -1;
	type_ask(transport, server, name, LDNS_RR_TYPE_A, zone, deadline, reply);
	return 0;
}

bool relay_client_reply_has(const struct relay_client_reply *reply, const struct conf_address *address)
{
	for (size_t i = 0; i < reply->count; i++)
		if (conf_address_equals(&reply->addresses[i], address))
			return true;
	return false;
}

bool relay_client_reply_is_within(const struct relay_client_reply *reply, const struct relay_client_reply *other)
{
	for (size_t i = 0; i < reply->count; i++)
		if (!relay_client_reply_has(other, &reply->addresses[i]))
			return false;
	return reply->count > 0;
}

bool relay_client_reply_is_relays(const struct relay_client_reply *reply)
{
	const struct conf_address *first = relay_client_reply_first(reply);

	return reply->answered && (reply->is_of_zone || (first && first->family == AF_INET6));
}

const struct conf_address *relay_client_reply_first(const struct relay_client_reply *reply)
{
	for (size_t i = 0; i < reply->count; i++)
		if (reply->addresses[i].family == AF_INET6)
			return &reply->addresses[i];
	return reply->count > 0 ? &reply->addresses[0] : NULL;
}

const char *relay_client_reply_print(const struct relay_client_reply *reply, char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	size_t used = 0;

	if (!reply->answered)
		snprintf(text, size, "no answer");
	else if (reply->count == 0)
		snprintf(text, size, reply->code[0] ? "no address (%s)" : "no address", reply->code);
	for (size_t i = 0; reply->answered && i < reply->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
					 relay_machine_address_print(&reply->addresses[i], address));
	return text;
}
