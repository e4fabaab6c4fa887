/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a resolver answered. ldns parses, and takes more for a record than a record of the type may be: an A or AAAA record without data
 * has no field to read, and ldns ends the program that reads one all the same. So the data of a record is read by record_data
 * alone. The search for a name that must not be shown reads the message twice: as ldns prints it, with every compressed name expanded,
 * and octet by octet, for text (EDE, TXT) and labels.
 *
 * Which resolver answers is often a stranger's choice. tests/fuzz/reply-fuzz.c reads any octets.
 */
#include "relay/ask/answer.h"

#include "conf/printable.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DNS_HEADER = 12, NAME_MAX_OCTETS = 255, OPTION_HEADER = 4 };

int relay_answer_parse(struct relay_answer *answer, uint8_t *wire, size_t length)
{
	*answer = (struct relay_answer){.wire = wire, .length = length};
	if (ldns_wire2pkt(&answer->packet, wire, length) == LDNS_STATUS_OK)
		return 0;
	answer->packet = NULL;
	relay_answer_clear(answer);
	return -1;
}

void relay_answer_clear(struct relay_answer *answer)
{
	ldns_pkt_free(answer->packet);
	free(answer->wire);
	*answer = (struct relay_answer){0};
}

/* The data of a record of that type with so many octets; NULL: it is another one. */
static const uint8_t *record_data(const ldns_rr *record, ldns_rr_type type, size_t size)
{
	const ldns_rdf *data = ldns_rr_get_type(record) == type && ldns_rr_rd_count(record) > 0 ? ldns_rr_rdf(record, 0) :
												  NULL;

	return data && ldns_rdf_size(data) == size ? ldns_rdf_data(data) : NULL;
}

/* The data of the records of a type whose data is so long, one behind another; those of one name, or of all (NULL). */
static size_t answer_fixed(const struct relay_answer *answer, const ldns_rdf *owner, ldns_rr_type type, void *into,
			   size_t size, size_t max)
{
	const ldns_rr_list *records = ldns_pkt_answer(answer->packet);
	size_t found = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		const ldns_rr *record = ldns_rr_list_rr(records, i);
		const uint8_t *data = record_data(record, type, size);

		if (!data || (owner && ldns_dname_compare(ldns_rr_owner(record), owner) != 0))
			continue;
		if (found < max)
			memcpy((uint8_t *)into + found * size, data, size);
		found++;
	}
	return found;
}

static size_t answer_addresses(const struct relay_answer *answer, const char *owner, ldns_rr_type type, void *into,
			       size_t size, size_t max)
{
	ldns_rdf *name = owner ? ldns_dname_new_frm_str(owner) : NULL;
	size_t found = owner && !name ? 0 : answer_fixed(answer, name, type, into, size, max);

	ldns_rdf_deep_free(name);
	return found;
}

size_t relay_answer_aaaa(const struct relay_answer *answer, const char *owner, struct in6_addr *addresses, size_t max)
{
	return answer_addresses(answer, owner, LDNS_RR_TYPE_AAAA, addresses, sizeof(*addresses), max);
}

size_t relay_answer_a(const struct relay_answer *answer, const char *owner, struct in_addr *addresses, size_t max)
{
	return answer_addresses(answer, owner, LDNS_RR_TYPE_A, addresses, sizeof(*addresses), max);
}

size_t relay_answer_count(const struct relay_answer *answer, ldns_rr_type type)
{
	const ldns_rr_list *records = ldns_pkt_answer(answer->packet);
	size_t found = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		found += ldns_rr_get_type(ldns_rr_list_rr(records, i)) == type;
	return found;
}

bool relay_answer_is_of_zone(const struct relay_answer *answer, const char *zone)
{
	const ldns_rr_list *records = ldns_pkt_authority(answer->packet);
	char *owner = ldns_rr_list_rr_count(records) > 0 ? ldns_rdf2str(ldns_rr_owner(ldns_rr_list_rr(records, 0))) : NULL;
	bool is = owner && strncasecmp(owner, zone, strlen(zone)) == 0 && strcmp(owner + strlen(zone), ".") == 0;

	free(owner);
	return is;
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

		shown = shown || (text && octets_contain((const uint8_t *)text, strlen(text), (const uint8_t *)domain,
							 strlen(domain)));
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

/* The options lie one behind another: code, length, data (RFC 6891 section 6.1.2). */
const char *relay_answer_extended(const struct relay_answer *answer, char text[RELAY_ANSWER_EXTENDED])
{
	const ldns_rdf *options = ldns_pkt_edns_data(answer->packet);
	const uint8_t *at = options ? ldns_rdf_data(options) : NULL;
	size_t left = options ? ldns_rdf_size(options) : 0;

	text[0] = '\0';
	while (left >= OPTION_HEADER) {
		size_t code = (size_t)at[0] << 8 | at[1], length = (size_t)at[2] << 8 | at[3];

		if (length > left - OPTION_HEADER)
			break;
		at += OPTION_HEADER;
		if (code == LDNS_EDNS_EDE && length >= 2) {
			snprintf(text, RELAY_ANSWER_EXTENDED, "%d%s%.*s", at[0] << 8 | at[1], length > 2 ? ": " : "",
				 (int)(length - 2), (const char *)at + 2);
			conf_printable_make(text, strlen(text), "");
			break;
		}
		at += length;
		left -= OPTION_HEADER + length;
	}
	return text;
}

const char *relay_answer_code(const struct relay_answer *answer)
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
	unsigned code = ldns_pkt_get_rcode(answer->packet);

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "another RCODE";
}
