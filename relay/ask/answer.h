/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a resolver answered, parsed and raw. Whatever the octets are, these functions read them. */
#ifndef RELAY_ASK_ANSWER_H
#define RELAY_ASK_ANSWER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/ldns.h>

struct relay_answer {
	ldns_pkt *packet;
	uint8_t *wire;
	size_t length;
};

/* Parse a message, which is given away: on the heap. 0, or -1 when the octets are no DNS message; then the answer is empty. */
int relay_answer_parse(struct relay_answer *answer, uint8_t *wire, size_t length);

void relay_answer_clear(struct relay_answer *answer);

/*
 * The addresses of the answer section: copies up to max, returns how many there are. owner, when not NULL, is the one name whose records
 * count. A record whose data is no address is none.
 */
size_t relay_answer_aaaa(const struct relay_answer *answer, const char *owner, struct in6_addr *addresses, size_t max);
size_t relay_answer_a(const struct relay_answer *answer, const char *owner, struct in_addr *addresses, size_t max);

/* How many records of a type the answer section has. */
size_t relay_answer_count(const struct relay_answer *answer, ldns_rr_type type);

/* True when the first record of the authority section belongs to zone (without the trailing dot). */
bool relay_answer_is_of_zone(const struct relay_answer *answer, const char *zone);

/*
 * True when domain (without the trailing dot) or a name below it is anywhere in the message but its question: in a name, in record data, in
 * the octets themselves as text or as labels.
 */
bool relay_answer_shows(const struct relay_answer *answer, const char *domain);

/* Its first extended DNS error (RFC 8914): "22: no authority", printable; "" when it has none. Returns text. */
enum { RELAY_ANSWER_EXTENDED = 120 };
const char *relay_answer_extended(const struct relay_answer *answer, char text[RELAY_ANSWER_EXTENDED]);

/* The answer's RCODE as text, "NOERROR" and so on; static. */
const char *relay_answer_code(const struct relay_answer *answer);

#endif
