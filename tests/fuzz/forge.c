/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of an upstream name server that means ill.
 *
 * An answer is built as a server would build it: header, question, and three sections of records. Each step takes a decision
 * from the stream, and 0 is always the honest one. There are chains of 1 to 40 CNAMEs, loops, DNAME, sets of one record up
 * to as many as fit, and data of every type that can carry a name, all full of the names that must stay hidden: as
 * labels, as text, cut into segments, in any case, where an address is expected. A wild answer lies about structure as well: owners,
 * classes, TTLs, counts, lengths, compression pointers that loop or lead out of the message, and single octets.
 */
#include "tests/fuzz/forge.h"

#include "tests/fuzz/choices.h"
#include "tests/fuzz/forge-draft.h"

#include <string.h>

#define CHAIN_MAX 40

enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5 };
enum { CLASS_IN = 1 };

/* --- records --- */

static uint32_t pick_ttl(struct draft *draft)
{
	static const uint32_t ttls[] = {60, 1, 0, 0x7fffffff, 0x80000000U, UINT32_MAX, 5, 86400};

	return ttls[choose(draft->choices, 8)];
}

static void put_record(struct draft *draft, unsigned section, const struct forge_name *owner, uint16_t type,
		       const struct forge_name *target)
{
	static const uint16_t classes[] = {3, 255, 254, 0};
	size_t start = draft->length, data;

	if (draft->full)
		return;
	draft_put_name(draft, owner);
	draft_put16(draft, type);
	draft_put16(draft, draft_wildly(draft, 30) ? classes[choose(draft->choices, 4)] : CLASS_IN);
	draft_put32(draft, pick_ttl(draft));
	draft_put16(draft, 0);
	data = draft->length;
	draft_put_data(draft, type, target);
	if (draft->full) {
		draft->length = start;
		return;
	}
	draft->counts[section]++;
	start = draft->length - data;
	if (draft_wildly(draft, 60))
		start += choose(draft->choices, 20) - (size_t)10;
	draft->out[data - 2] = (uint8_t)(start >> 8);
	draft->out[data - 1] = (uint8_t)start;
}

static uint16_t pick_type(struct draft *draft)
{
	static const uint16_t types[] = {A,     AAAA,  CNAME, TXT,   PTR, NS,  SOA, MX, SRV, DNAME, SVCB,
					 HTTPS, SSHFP, CAA,   RRSIG, OPT, 250, 43,  47, 48,  65280};

	return types[choose(draft->choices, sizeof(types) / sizeof(*types))];
}

/* Records of the type that was asked: a few, some hundreds, or as many as there is room for. */
static void put_set(struct draft *draft, const struct forge_name *owner)
{
	uint32_t count = 1 + choose(draft->choices, 4);

	if (once_in(draft->choices, 50))
		count = 200 + choose(draft->choices, 400);
	if (draft_wildly(draft, 250))
		count = 10000;
	for (uint32_t i = 0; i < count && !draft->full; i++) {
		struct forge_name target = draft_name_make(draft, i);

		put_record(draft, 1, owner, draft->type, &target);
	}
}

/* Aliases up to an end, which may be missing; a loop comes back to the first. */
static void put_chain(struct draft *draft, bool loop)
{
	uint32_t count = 1 + choose(draft->choices, once_in(draft->choices, 4) ? CHAIN_MAX : 4);
	struct forge_name owner = draft->asked, target;

	for (uint32_t i = 0; i < count; i++) {
		target = loop && i == count - 1 ? draft->asked : draft_name_make(draft, i);
		put_record(draft, 1, &owner, CNAME, &target);
		owner = target;
	}
	if (!once_in(draft->choices, 5))
		put_set(draft, &owner);
}

/* Everything below the parent of the name has moved. */
static void put_moved(struct draft *draft)
{
	struct forge_name parent = {.length = 0}, target = draft_name_make(draft, 3), moved = {.length = 0};
	size_t first = 1U + draft->asked.octets[0];

	if (draft->asked.octets[0] == 0)
		return;
	parent.length = draft->asked.length - first;
	memcpy(parent.octets, draft->asked.octets + first, parent.length);
	put_record(draft, 1, &parent, DNAME, &target);
	memcpy(moved.octets, draft->asked.octets, first);
	moved.length = first;
	if (!draft_name_append(&moved, &target))
		return;
	if (!draft_wildly(draft, 4))
		put_record(draft, 1, &draft->asked, CNAME, &moved);
	put_set(draft, &moved);
}

static void put_any(struct draft *draft, unsigned section, uint32_t count)
{
	for (uint32_t i = 0; i < count && !draft->full; i++) {
		struct forge_name owner = once_in(draft->choices, 3) ? draft_name_make(draft, i) : draft->asked;
		struct forge_name target = draft_name_make(draft, i + 1);

		put_record(draft, section, &owner, pick_type(draft), &target);
	}
}

static void put_answers(struct draft *draft)
{
	uint32_t shape = choose(draft->choices, 10);

	if (shape < 4)
		put_set(draft, &draft->asked);
	else if (shape < 6)
		put_chain(draft, false);
	else if (shape == 6)
		put_moved(draft);
	else if (shape == 7 && draft->world->wild)
		put_chain(draft, true);
	else if (shape == 8 && draft->world->wild)
		put_any(draft, 1, choose(draft->choices, 12));
}

/* An SOA for what is missing; name servers and their addresses; an EDE that speaks. */
static void put_rest(struct draft *draft)
{
	struct forge_name zone = *draft_pick_suffix(draft), server = draft_name_make(draft, 5);

	if (draft->counts[1] == 0)
		put_record(draft, 2, &zone, SOA, &server);
	if (once_in(draft->choices, 3)) {
		put_record(draft, 2, &zone, NS, &server);
		put_record(draft, 3, &server, A, &zone);
	}
	if (draft_wildly(draft, 3))
		put_any(draft, 2 + choose(draft->choices, 2), choose(draft->choices, 6));
	if (once_in(draft->choices, 4)) {
		draft_put(draft, "\0\0\51\4\320\0\0\0\0", 9); /* the root, OPT, 1232 octets */
		draft_put16(draft, (unsigned)(4 + 2 + zone.length));
		draft_put16(draft, 15); /* RFC 8914 */
		draft_put16(draft, (unsigned)(2 + zone.length));
		draft_put16(draft, choose(draft->choices, 30));
		draft_put(draft, zone.octets, zone.length);
		draft->counts[3] += !draft->full;
	}
}

/* --- the message --- */

/* The question's name. Its length, or 0 when the query is no query. */
static size_t query_name(const uint8_t *query, size_t length)
{
	size_t at = FORGE_HEADER;

	while (at < length && query[at] != 0 && query[at] < 64)
		at += 1U + query[at];
	return at + 5 <= length && query[at] == 0 && at - FORGE_HEADER < 255 ? at + 1 - FORGE_HEADER : 0;
}

static void put_header(struct draft *draft, const uint8_t *query)
{
	static const uint8_t rcodes[] = {NXDOMAIN, SERVFAIL, REFUSED, NXDOMAIN, 1, 4, 9, 15};
	unsigned flags = 0x8080 | (query[2] & 1U) << 8;

	if (once_in(draft->choices, 6))
		flags |= rcodes[choose(draft->choices, draft->world->wild ? 8 : 4)];
	if (once_in(draft->choices, 8))
		flags |= 0x0420; /* AA, AD */
	if (draft_wildly(draft, 100))
		flags ^= 1U << choose(draft->choices, 16);
	memcpy(draft->out, query, 2);
	draft->length = 2;
	draft_put16(draft, flags);
	for (unsigned i = 0; i < 4; i++)
		draft_put16(draft, 0);
}

static void put_question(struct draft *draft, const uint8_t *type_and_class)
{
	struct forge_name wrong = draft->asked;

	if (draft_wildly(draft, 100)) {
		wrong = draft_name_make(draft, 0);
		if (once_in(draft->choices, 3))
			return;
	}
	draft_put(draft, wrong.octets, wrong.length);
	draft_put(draft, type_and_class, 4);
	draft->counts[0] = 1;
}

/* Single octets, and an early end. */
static void damage(struct draft *draft)
{
	if (!draft_wildly(draft, 8))
		return;
	for (uint32_t count = choose(draft->choices, 8); count > 0; count--)
		draft->out[2 + choose(draft->choices, (uint32_t)draft->length - 2)] = choices_octet(draft->choices);
	if (once_in(draft->choices, 3))
		draft->length -= choose(draft->choices, (uint32_t)draft->length - FORGE_HEADER + 1);
}

static void put_counts(struct draft *draft)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned count = draft_wildly(draft, 100) ? choose(draft->choices, 65536) : draft->counts[i];

		draft->out[4 + 2 * i] = (uint8_t)(count >> 8);
		draft->out[5 + 2 * i] = (uint8_t)count;
	}
}

size_t forge_answer(struct choices *choices, const struct forge_world *world, const uint8_t *query, size_t length,
		    uint8_t *out)
{
	struct draft draft = {.choices = choices, .world = world, .out = out};

	draft.asked.length = query_name(query, length);
	if (draft.asked.length == 0)
		return 0;
	memcpy(draft.asked.octets, query + FORGE_HEADER, draft.asked.length);
	draft.type = (uint16_t)(query[FORGE_HEADER + draft.asked.length] << 8 |
				query[FORGE_HEADER + draft.asked.length + 1]);
	put_header(&draft, query);
	put_question(&draft, query + FORGE_HEADER + draft.asked.length);
	if (world->wild || (draft.out[3] & 15) == NOERROR)
		put_answers(&draft);
	put_rest(&draft);
	put_counts(&draft);
	damage(&draft);
	return draft.length;
}
