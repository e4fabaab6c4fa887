/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a message to a client show what it must not? Knows nothing of the module's code. */
#ifndef TESTS_FUZZ_INSPECT_H
#define TESTS_FUZZ_INSPECT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSPECT_MAX 16

struct inspect_name {
	uint8_t octets[255]; /* in lower case */
	size_t length;
};

struct inspect_range {
	uint32_t address; /* host order */
	unsigned length;
};

/* A split domain, or the zone of a prefix under ip6.arpa. */
struct inspect_zone {
	struct inspect_name name;
	bool native, real; /* AAAA outside of every prefix, and A, may be answered */
	bool passes;       /* records of other types may be answered */
	bool reverse;      /* PTR may, to names of split domains */
	bool same; /* relayed under its own name: other types than those of addresses are the world's own answers */
};

struct inspect_rules {
	struct inspect_name secrets[INSPECT_MAX];
	size_t secret_count;
	struct inspect_zone zones[INSPECT_MAX];
	size_t zone_count;
	struct inspect_prefix {
		struct in6_addr address;
		unsigned length; /* 32, 40, 48, 56, 64 or 96 */
		bool global;     /* for addresses of the Internet alone (RFC 6052 section 3.1) */
	} prefixes[INSPECT_MAX];
	size_t prefix_count;
	struct inspect_range allowed[INSPECT_MAX], denied[INSPECT_MAX]; /* no allowed one: every address that is not denied */
	size_t allowed_count, denied_count;
	struct inspect_range twin;            /* A inside of it may be answered; length 0: there is none */
	struct inspect_prefix twin6, closed6; /* AAAA inside of the first may, and not inside of the second */
};

/*
 * Read rules, a line each: "secret NAME", "zone NAME [native] [real] [passes] [same]", "reverse NAME", "prefix ADDRESS/LENGTH [global]",
 * "allow ADDRESS/LENGTH", "deny ADDRESS/LENGTH", "twin ADDRESS/LENGTH", "twin6 ADDRESS/LENGTH", "closed6 ADDRESS/LENGTH". 0, or the number of the line that is none.
 */
unsigned inspect_rules_read(struct inspect_rules *rules, const char *text);

/*
 * NULL when the whole message is well-formed, the answer to a question, and shows nothing it must not: no secret in any spelling, and for
 * a question about a zone only owners, types and addresses that belong there. Otherwise what is wrong with it.
 */
const char *inspect_message(const struct inspect_rules *rules, const uint8_t *message, size_t length);

/* True when the octets hold the name as labels or text, in any case. The root is in nothing. */
bool inspect_finds(const struct inspect_name *secret, const uint8_t *octets, size_t length);

#endif
