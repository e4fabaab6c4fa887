/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ask a resolver and keep the whole message, parsed and raw: for check, status and the readiness of run. */
#ifndef RELAY_RESOLVER_H
#define RELAY_RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/ldns.h>

struct conf_address;
struct conf_report;
struct relay_server;

struct relay_answer {
	ldns_pkt *packet;
	uint8_t *wire;
	size_t length;
};

/*
 * Ask server, port 53, one question with RD and EDNS; over TCP when the UDP answer was cut.
 * 0, or -1 with a message: no answer within timeout_ms, or not one that can be read.
 */
int relay_resolver_ask(const struct conf_address *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		       struct relay_answer *answer, struct conf_report *report);

/* The same of a server at any place. */
int relay_server_ask(const struct relay_server *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		     struct relay_answer *answer, struct conf_report *report);

void relay_answer_clear(struct relay_answer *answer);

/* True when the server answers anything to a question that Unbound answers by itself (localhost). */
bool relay_resolver_is_alive(const struct conf_address *server, unsigned timeout_ms);

/* The AAAA records of the answer section: copies up to max, returns how many there are. */
size_t relay_answer_aaaa(const struct relay_answer *answer, struct in6_addr *addresses, size_t max);
size_t relay_answer_a(const struct relay_answer *answer, struct in_addr *addresses, size_t max);

/* How many records of a type the answer section has. */
size_t relay_answer_count(const struct relay_answer *answer, ldns_rr_type type);

/*
 * True when domain (without the trailing dot) or a name below it is anywhere in the message but its question: in a name, in record data, in
 * the octets themselves as text or as labels.
 */
bool relay_answer_shows(const struct relay_answer *answer, const char *domain);

/* The answer's RCODE as text, "NOERROR" and so on; static. */
const char *relay_answer_code(const struct relay_answer *answer);

#endif
