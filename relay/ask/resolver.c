/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask a resolver with a question that ldns makes, and keep the whole message (relay/ask/answer.c). One deadline holds for all of it, UDP and
 * TCP: a resolver may be a stranger's, and send a byte a second.
 */
#include "relay/ask/resolver.h"

#include "conf/report.h"
#include "conf/stream.h"
#include "relay/ask/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DNS_HEADER = 12, EDNS_SIZE = 1232, MESSAGE_MAX = 65535 };

/* The question as octets; NULL when name is no domain name. */
static ldns_buffer *question_make(const char *name, ldns_rr_type type)
{
	ldns_buffer *question;
	ldns_pkt *packet;

	if (ldns_pkt_query_new_frm_str(&packet, name, type, LDNS_RR_CLASS_IN, LDNS_RD) != LDNS_STATUS_OK)
		return NULL;
	ldns_pkt_set_random_id(packet);
	ldns_pkt_set_edns_udp_size(packet, EDNS_SIZE);
	question = ldns_buffer_new(LDNS_MIN_BUFLEN);
	if (question && ldns_pkt2buffer_wire(question, packet) != LDNS_STATUS_OK) {
		ldns_buffer_free(question);
		question = NULL;
	}
	ldns_pkt_free(packet);
	return question;
}

/* A message to our question: others are not listened to. */
static bool is_to(const uint8_t *message, size_t length, const ldns_buffer *question)
{
	return length >= DNS_HEADER && memcmp(message, ldns_buffer_begin(question), sizeof(uint16_t)) == 0;
}

/* By UDP: the answer's octets on the heap, or NULL. */
static uint8_t *datagram_exchange(const struct relay_server *server, const ldns_buffer *question, uint64_t deadline,
				  size_t *length)
{
	int connection = conf_stream_connect(SOCK_DGRAM, (const struct sockaddr *)&server->address, server->length,
					     deadline);
	uint8_t *message = malloc(MESSAGE_MAX);
	ssize_t count = -1;

	if (message && connection >= 0 &&
	    !conf_stream_send(connection, ldns_buffer_begin(question), ldns_buffer_position(question), deadline))
		do {
			count = conf_stream_receive(connection, message, MESSAGE_MAX, deadline);
		} while (count >= 0 && !is_to(message, (size_t)count, question));
	if (connection >= 0)
		close(connection);
	if (count >= 0) {
		*length = (size_t)count;
		return message;
	}
	free(message);
	return NULL;
}

/* Exactly so many octets of a stream. */
static bool octets_receive(int connection, uint8_t *octets, size_t length, uint64_t deadline)
{
	ssize_t count = 1;

	for (; length > 0 && count > 0; length -= count > 0 ? (size_t)count : 0, octets += count > 0 ? count : 0)
		count = conf_stream_receive(connection, octets, length, deadline);
	return length == 0;
}

/* By TCP, where the length goes before a message (RFC 1035 section 4.2.2). */
static uint8_t *stream_exchange(const struct relay_server *server, const ldns_buffer *question, uint64_t deadline,
				size_t *length)
{
	int connection = conf_stream_connect(SOCK_STREAM, (const struct sockaddr *)&server->address, server->length,
					     deadline);
	uint8_t size[] = {(uint8_t)(ldns_buffer_position(question) >> 8), (uint8_t)ldns_buffer_position(question)};
	uint8_t *message = malloc(MESSAGE_MAX);
	bool came = message && connection >= 0 && !conf_stream_send(connection, size, sizeof(size), deadline) &&
		    !conf_stream_send(connection, ldns_buffer_begin(question), ldns_buffer_position(question), deadline) &&
		    octets_receive(connection, size, sizeof(size), deadline);

	*length = (size_t)size[0] << 8 | size[1];
	came = came && octets_receive(connection, message, *length, deadline) && is_to(message, *length, question);
	if (connection >= 0)
		close(connection);
	if (came)
		return message;
	free(message);
	return NULL;
}

typedef uint8_t *exchange(const struct relay_server *, const ldns_buffer *, uint64_t, size_t *);

/* Send by UDP or TCP, and read the answer. NULL, or what went wrong. */
static const char *question_send(exchange *send, const ldns_buffer *question, const struct relay_server *server,
				 uint64_t deadline, struct relay_answer *answer)
{
	size_t length;
	uint8_t *message = send(server, question, deadline, &length);

	relay_answer_clear(answer);
	if (!message)
		return "it does not answer";
	return relay_answer_parse(answer, message, length) ? "its answer cannot be read" : NULL;
}

int relay_resolver_ask(const struct conf_address *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		       struct relay_answer *answer, struct conf_report *report)
{
	struct relay_server place;

	relay_server_set(&place, server);
	return relay_server_ask(&place, name, type, timeout_ms, answer, report);
}

int relay_server_ask_by(enum relay_transport transport, const struct relay_server *server, const char *name,
			ldns_rr_type type, unsigned timeout_ms, struct relay_answer *answer, struct conf_report *report)
{
	uint64_t deadline = conf_stream_deadline(timeout_ms);
	const char *wrong;
	ldns_buffer *question;

	*answer = (struct relay_answer){0};
	question = question_make(name, type);
	if (!question)
		return conf_report_add(report, "\"%s\" is not a domain name", name);
	wrong = question_send(transport == RELAY_TRANSPORT_UDP ? datagram_exchange : stream_exchange, question, server,
			      deadline, answer);
	if (!wrong && transport == RELAY_TRANSPORT_UDP && ldns_pkt_tc(answer->packet))
		wrong = question_send(stream_exchange, question, server, deadline, answer);
	ldns_buffer_free(question);
	if (!wrong)
		return 0;
	conf_report_add(report, "%s%s, asked for %s: %s", server->text, strchr(server->text, '@') ? "" : " port 53",
			name, wrong);
	relay_answer_clear(answer);
	return -1;
}

int relay_server_ask(const struct relay_server *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		     struct relay_answer *answer, struct conf_report *report)
{
	return relay_server_ask_by(RELAY_TRANSPORT_UDP, server, name, type, timeout_ms, answer, report);
}

bool relay_resolver_answers(enum relay_transport transport, const struct conf_address *server, unsigned timeout_ms)
{
	struct relay_answer answer;
	struct relay_server place;
	bool answers;

	relay_server_set(&place, server);
	answers = relay_server_ask_by(transport, &place, "localhost", LDNS_RR_TYPE_A, timeout_ms, &answer,
				      CONF_REPORT_DISCARD) == 0;
	relay_answer_clear(&answer);
	return answers;
}

enum relay_resolver_life relay_resolver_life(const struct conf_address *server, unsigned timeout_ms)
{
	if (relay_resolver_answers(RELAY_TRANSPORT_UDP, server, timeout_ms / 2))
		return RELAY_RESOLVER_ALIVE;
	return relay_resolver_answers(RELAY_TRANSPORT_TCP, server, timeout_ms / 2) ? RELAY_RESOLVER_TCP_ALONE :
										     RELAY_RESOLVER_SILENT;
}

int relay_resolver_hands_over(const struct conf_address *server, const char *zone, unsigned timeout_ms)
{
	struct relay_answer answer = {0};
	char name[600];
	int result = -1;

	snprintf(name, sizeof(name), "nat64-relay-asks.%s", zone);
	if (relay_resolver_ask(server, name, LDNS_RR_TYPE_AAAA, timeout_ms, &answer, CONF_REPORT_DISCARD) == 0)
		result = relay_answer_is_of_zone(&answer, zone);
	relay_answer_clear(&answer);
	return result;
}
