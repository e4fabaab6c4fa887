/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of an upstream name server that means ill. */
#ifndef TESTS_FUZZ_FORGE_H
#define TESTS_FUZZ_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choices;

#define FORGE_NAMES 16
#define FORGE_ROOM  65535

/* Names in wire form and the addresses that matter to the resolver that is to be fooled. */
struct forge_world {
	struct forge_name {
		uint8_t octets[255];
		size_t length;
	} reals[FORGE_NAMES], others[FORGE_NAMES]; /* what must not be seen; split domains, and names outside */
	size_t real_count, other_count;
	const uint8_t (*networks)[12]; /* the first octets of prefixes, for addresses inside them */
	size_t network_count;
	bool wild; /* headers, owners, classes, lengths and pointers lie too; otherwise the message is one that a resolver believes */
};

/* Add a name, in text, to a list of the world. It must be a domain name. */
void forge_name_add(struct forge_name *names, size_t *count, const char *text);

/*
 * Answer the query, a whole message with one question, into out, of FORGE_ROOM octets. How many octets, 0 when the query is none.
 */
size_t forge_answer(struct choices *choices, const struct forge_world *world, const uint8_t *query, size_t length,
		    uint8_t *out);

#endif
