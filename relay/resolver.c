// SPDX-License-Identifier: GPL-2.0-or-later
// Ask a resolver with ldns and keep the whole message. The search for a name that must not be shown reads the message
// twice: as ldns prints it, with every compressed name expanded, and octet by octet, for text (EDE, TXT) and labels.
#include "relay/resolver.h"

#include "conf/report.h"
#include "relay/server.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DNS_HEADER = 12, EDNS_SIZE = 1232, NAME_MAX_OCTETS = 255 };

/* The question as octets; NULL when name is no domain name. */
static ldns_buffer *question_make(const char *name, ldns_rr_type type, uint16_t *id)
{
	ldns_buffer *question;
	ldns_pkt *packet;

	if (ldns_pkt_query_new_frm_str(&packet, name, type, LDNS_RR_CLASS_IN, LDNS_RD) != LDNS_STATUS_OK)
		return NULL;
	ldns_pkt_set_random_id(packet);
	ldns_pkt_set_edns_udp_size(packet, EDNS_SIZE);
	*id = ldns_pkt_id(packet);
	question = ldns_buffer_new(LDNS_MIN_BUFLEN);
	if (question != NULL && ldns_pkt2buffer_wire(question, packet) != LDNS_STATUS_OK) {
		ldns_buffer_free(question);
		question = NULL;
	}
	ldns_pkt_free(packet);
	return question;
}

typedef ldns_status exchange(uint8_t **, ldns_buffer *, const struct sockaddr_storage *, socklen_t, struct timeval, size_t *);

/* Send by UDP or TCP, and read the answer. NULL, or what went wrong. */
static const char *question_send(exchange *send, ldns_buffer *question, const struct relay_server *server, unsigned timeout_ms,
				 struct relay_answer *answer)
{
	struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
	ldns_status status;

	relay_answer_clear(answer);
	status = send(&answer->wire, question, &server->address, server->length, timeout, &answer->length);
	if (status != LDNS_STATUS_OK) {
		answer->wire = NULL;
		return "it does not answer";
	}
	if (ldns_wire2pkt(&answer->packet, answer->wire, answer->length) != LDNS_STATUS_OK) {
		answer->packet = NULL;
		return "its answer cannot be read";
	}
	return NULL;
}

int relay_resolver_ask(const struct conf_address *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		       struct relay_answer *answer, struct conf_report *report)
{
	struct relay_server place;

	relay_server_set(&place, server);
	return relay_server_ask(&place, name, type, timeout_ms, answer, report);
}

int relay_server_ask(const struct relay_server *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		     struct relay_answer *answer, struct conf_report *report)
{
	const char *wrong;
	ldns_buffer *question;
	uint16_t id;

	*answer = (struct relay_answer){0};
	question = question_make(name, type, &id);
	if (question == NULL) {
		conf_report_add(report, "\"%s\" is not a domain name", name);
		return -1;
	}
	wrong = question_send(ldns_udp_send, question, server, timeout_ms, answer);
	if (wrong == NULL && ldns_pkt_tc(answer->packet))
		wrong = question_send(ldns_tcp_send, question, server, timeout_ms, answer);
	if (wrong == NULL && ldns_pkt_id(answer->packet) != id)
		wrong = "its answer is to another question";
	ldns_buffer_free(question);
	if (wrong == NULL)
		return 0;
	conf_report_add(report, "%s%s, asked for %s: %s", server->text, strchr(server->text, '@') ? "" : " port 53", name, wrong);
	relay_answer_clear(answer);
	return -1;
}

void relay_answer_clear(struct relay_answer *answer)
{
	ldns_pkt_free(answer->packet);
	free(answer->wire);
	*answer = (struct relay_answer){0};
}

bool relay_resolver_is_alive(const struct conf_address *server, unsigned timeout_ms)
{
	struct conf_report quiet = {0};
	struct relay_answer answer;
	bool alive = relay_resolver_ask(server, "localhost", LDNS_RR_TYPE_A, timeout_ms, &answer, &quiet) == 0;

	relay_answer_clear(&answer);
	conf_report_clear(&quiet);
	return alive;
}

/* The data of the records of a type whose data is so long, one behind another. */
static size_t answer_fixed(const struct relay_answer *answer, ldns_rr_type type, uint8_t *data, size_t size, size_t max)
{
	const ldns_rr_list *records = ldns_pkt_answer(answer->packet);
	size_t found = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		const ldns_rr *record = ldns_rr_list_rr(records, i);

		if (ldns_rr_get_type(record) != type || ldns_rdf_size(ldns_rr_rdf(record, 0)) != size)
			continue;
		if (found < max)
			memcpy(data + found * size, ldns_rdf_data(ldns_rr_rdf(record, 0)), size);
		found++;
	}
	return found;
}

size_t relay_answer_aaaa(const struct relay_answer *answer, struct in6_addr *addresses, size_t max)
{
	return answer_fixed(answer, LDNS_RR_TYPE_AAAA, (uint8_t *)addresses, sizeof(*addresses), max);
}

size_t relay_answer_a(const struct relay_answer *answer, struct in_addr *addresses, size_t max)
{
	return answer_fixed(answer, LDNS_RR_TYPE_A, (uint8_t *)addresses, sizeof(*addresses), max);
}

size_t relay_answer_count(const struct relay_answer *answer, ldns_rr_type type)
{
	const ldns_rr_list *records = ldns_pkt_answer(answer->packet);
	size_t found = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		found += ldns_rr_get_type(ldns_rr_list_rr(records, i)) == type;
	return found;
}

/* Is text, in any case, among the octets? */
static bool octets_contain(const uint8_t *octets, size_t length, const uint8_t *text, size_t text_length)
{
	for (size_t at = 0; at + text_length <= length; at++) {
		size_t same = 0;

		while (same < text_length && tolower(octets[at + same]) == tolower(text[same]))
			same++;
		if (same == text_length)
			return true;
	}
	return false;
}

/* "a.b" as the labels 1 a 1 b, without the root; the number of octets. domain is a valid name. */
static size_t labels_make(const char *domain, uint8_t labels[NAME_MAX_OCTETS + 1])
{
	size_t length = strlen(domain);
	size_t start = 0;

	if (length > NAME_MAX_OCTETS - 1)
		return 0;
	memcpy(labels + 1, domain, length);
	for (size_t i = 0; i <= length; i++) {
		if (i < length && domain[i] != '.')
			continue;
		labels[start] = (uint8_t)(i - start);
		start = i + 1;
	}
	return length + 1;
}

/* The sections as ldns prints them, without the question, which is the asker's own. */
static bool sections_show(const struct relay_answer *answer, const char *domain)
{
	const ldns_rr_list *sections[] = {ldns_pkt_answer(answer->packet), ldns_pkt_authority(answer->packet),
					  ldns_pkt_additional(answer->packet)};
	bool shown = false;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		char *text = ldns_rr_list2str(sections[i]);

		shown = shown || (text != NULL && octets_contain((const uint8_t *)text, strlen(text), (const uint8_t *)domain, strlen(domain)));
		free(text);
	}
	return shown;
}

/* Where the question section ends; 0 when it cannot be told. */
static size_t question_end(const struct relay_answer *answer)
{
	size_t at = DNS_HEADER;

	while (at < answer->length && answer->wire[at] != 0 && answer->wire[at] < 64)
		at += answer->wire[at] + 1U;
	at += 1 + 2 + 2; /* the root, type and class (RFC 1035 section 4.1.2) */
	return at <= answer->length ? at : 0;
}

bool relay_answer_shows(const struct relay_answer *answer, const char *domain)
{
	uint8_t labels[NAME_MAX_OCTETS + 1];
	size_t label_length = labels_make(domain, labels);
	size_t start = question_end(answer);
	const uint8_t *octets = answer->wire + start;
	size_t length = answer->length - start;

	return sections_show(answer, domain) || octets_contain(octets, length, (const uint8_t *)domain, strlen(domain)) ||
	       (label_length > 0 && octets_contain(octets, length, labels, label_length));
}

const char *relay_answer_code(const struct relay_answer *answer)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
	unsigned code = ldns_pkt_get_rcode(answer->packet);

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "another RCODE";
}
