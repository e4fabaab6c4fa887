/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What any resolver may answer to the command's own questions: every function that reads such an answer, against any octets.
 *
 * ldns ends the program over records that it has parsed itself, so nothing here may be read past relay/ask/answer.c. Addresses are counted a
 * second way, by the records' own type; what is shown in plain octets behind the question has to be found.
 */
#include "relay/ask/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REAL "tail1234.ts.net"
enum { ROOM = 4 };

static void demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n", what);
	abort();
}

static void addresses_read(const struct relay_answer *answer)
{
	struct in6_addr v6[ROOM];
	struct in_addr v4[ROOM];
	size_t found = relay_answer_aaaa(answer, NULL, v6, ROOM);

	demand(found <= relay_answer_count(answer, LDNS_RR_TYPE_AAAA), "no more addresses than AAAA records");
	demand(relay_answer_aaaa(answer, "ipv4only.arpa", v6, ROOM) <= found, "no more addresses of one name than of all");
	found = relay_answer_a(answer, NULL, v4, ROOM);
	demand(found <= relay_answer_count(answer, LDNS_RR_TYPE_A), "no more addresses than A records");
	demand(relay_answer_a(answer, "ipv4only.arpa", v4, 0) <= found, "no more addresses of one name than of all");
	demand(relay_answer_a(answer, "no..name", v4, ROOM) == 0, "no address of a name that is none");
}

/* In the last octets of the message, where no question is. */
static void search(const struct relay_answer *answer)
{
	size_t length = strlen(REAL);
	bool shown = relay_answer_shows(answer, REAL);

	if (answer->length > 1000 && memcmp(answer->wire + answer->length - length, REAL, length) == 0)
		demand(shown, "the name to be found in the octets at the end");
	relay_answer_shows(answer, "net");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *wire = malloc(size ? size : 1);
	struct relay_answer answer;
	char extended[RELAY_ANSWER_EXTENDED];

	if (!wire)
		return 0;
	if (size > 0)
		memcpy(wire, data, size);
	if (relay_answer_parse(&answer, wire, size) != 0) {
		demand(!answer.packet && !answer.wire, "nothing left of what is no message");
		return 0;
	}
	addresses_read(&answer);
	search(&answer);
	relay_answer_is_of_zone(&answer, "9929");
	demand(*relay_answer_code(&answer) != '\0', "a word for any RCODE");
	demand(strlen(relay_answer_extended(&answer, extended)) < sizeof(extended), "an extended error that ends");
	relay_answer_clear(&answer);
	return 0;
}
