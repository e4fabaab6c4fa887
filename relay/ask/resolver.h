/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ask a resolver: for check, status, detect and the readiness of run. */
#ifndef RELAY_ASK_RESOLVER_H
#define RELAY_ASK_RESOLVER_H

#include "relay/ask/answer.h"

#include <stdbool.h>

struct conf_address;
struct conf_report;
struct relay_server;

/*
 * Ask server, port 53, one question with RD and EDNS; over TCP when the UDP answer was cut. timeout_ms is for all of it.
 * 0, or -1 with a message: no answer within that time, or not one that can be read; then the answer is empty.
 */
int relay_resolver_ask(const struct conf_address *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		       struct relay_answer *answer, struct conf_report *report);

/* The same of a server at any place. */
int relay_server_ask(const struct relay_server *server, const char *name, ldns_rr_type type, unsigned timeout_ms,
		     struct relay_answer *answer, struct conf_report *report);

/* The same over one transport: UDP, with TCP when the answer was cut; or TCP from the start. */
enum relay_transport { RELAY_TRANSPORT_UDP, RELAY_TRANSPORT_TCP };
int relay_server_ask_by(enum relay_transport transport, const struct relay_server *server, const char *name,
			ldns_rr_type type, unsigned timeout_ms, struct relay_answer *answer, struct conf_report *report);

/* Does the server answer anything, over this transport, to a question that Unbound answers by itself (localhost)? */
bool relay_resolver_answers(enum relay_transport transport, const struct conf_address *server, unsigned timeout_ms);

/* The same by any: UDP has half of timeout_ms, then TCP the other half, for a firewall that drops UDP does not make a resolver dead. */
enum relay_resolver_life { RELAY_RESOLVER_SILENT, RELAY_RESOLVER_TCP_ALONE, RELAY_RESOLVER_ALIVE };
enum relay_resolver_life relay_resolver_life(const struct conf_address *server, unsigned timeout_ms);

/* Does the server hand the zone to a relay, which alone answers a missing name with a SOA of just this zone? 1, 0, or -1: it is silent. */
int relay_resolver_hands_over(const struct conf_address *server, const char *zone, unsigned timeout_ms);

#endif
