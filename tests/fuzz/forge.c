/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of an upstream name server that means ill.
 *
 * An answer is built as a server would build it: header, question, and three sections of records. Each step takes a decision
 * from the stream, and 0 is always the honest one. There are chains of 1 to 40 CNAMEs, loops, DNAME, sets of one record up
 * to as many as fit, and data of every type that can carry a name, all full of the names that must stay hidden: as
 * labels, as text, cut into pieces, in any case, where an address is expected. A wild answer lies about structure as well: owners,
 * classes, TTLs, counts, lengths, compression pointers that loop or lead out of the message, and single octets.
 */
#include "tests/fuzz/forge.h"

#include "tests/fuzz/choices.h"

#include <string.h>

#define HEADER 12
#define POINTER 0xc0
#define CHAIN_MAX 40

enum { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33, DNAME = 39, OPT = 41, SSHFP = 44, RRSIG = 46,
       SVCB = 64, HTTPS = 65, CAA = 257 };
enum { NOERROR = 0, SERVFAIL = 2, NXDOMAIN = 3, REFUSED = 5 };
enum { CLASS_IN = 1 };

/* A message on its way: what does not fit is left out, and counts stay true. */
struct draft {
	struct choices *choices;
	const struct forge_world *world;
	uint8_t *out;
	size_t length;
	uint16_t type;
	struct forge_name asked;
	unsigned counts[4];
	bool full;
};

static void put(struct draft *draft, const void *octets, size_t length)
{
	if (draft->length + length > FORGE_ROOM) {
		draft->full = true;
		return;
	}
	memcpy(draft->out + draft->length, octets, length);
	draft->length += length;
}

static void put8(struct draft *draft, unsigned value)
{
	uint8_t octet = (uint8_t)value;

	put(draft, &octet, 1);
}

static void put16(struct draft *draft, unsigned value)
{
	put8(draft, value >> 8);
	put8(draft, value);
}

static void put32(struct draft *draft, uint32_t value)
{
	put16(draft, value >> 16);
	put16(draft, value & 0xffff);
}

static bool wildly(struct draft *draft, uint32_t times)
{
	return draft->world->wild && once_in(draft->choices, times);
}

/* --- names --- */

static bool name_add_label(struct forge_name *name, const void *label, size_t length)
{
	if (name->length + 1 + length + 1 > sizeof(name->octets))
		return false;
	name->octets[name->length++] = (uint8_t)length;
	memcpy(name->octets + name->length, label, length);
	name->length += length;
	return true;
}

void forge_name_add(struct forge_name *names, size_t *count, const char *text)
{
	struct forge_name *name = &names[(*count)++];

	name->length = 0;
	while (*text != '\0' && *text != '.') {
		size_t length = strcspn(text, ".");

		name_add_label(name, text, length);
		text += length + (text[length] == '.');
	}
	name->octets[name->length++] = 0;
}

/* Append a whole name; false, and nothing changed, when it would be too long. */
static bool name_append(struct forge_name *name, const struct forge_name *suffix)
{
	if (name->length + suffix->length > sizeof(name->octets))
		return false;
	memcpy(name->octets + name->length, suffix->octets, suffix->length);
	name->length += suffix->length;
	return true;
}

static const struct forge_name *pick_suffix(struct draft *draft)
{
	const struct forge_world *world = draft->world;
	uint32_t picked = choose(draft->choices, (uint32_t)(world->real_count + world->other_count));

	return picked < world->real_count ? &world->reals[picked] : &world->others[picked - world->real_count];
}

/* A label that hides a real suffix: its text with dots inside one label. */
static void name_add_text_label(struct draft *draft, struct forge_name *name)
{
	const struct forge_name *real = &draft->world->reals[choose(draft->choices, (uint32_t)draft->world->real_count)];
	uint8_t label[63];
	size_t length = 0;

	for (size_t at = 0; real->octets[at] != 0; at += 1 + real->octets[at]) {
		if (length + 1 + real->octets[at] > sizeof(label))
			return;
		if (length > 0)
			label[length++] = '.';
		memcpy(label + length, real->octets + at + 1, real->octets[at]);
		length += real->octets[at];
	}
	name_add_label(name, label, length);
}

/* hNUMBER, and below it sometimes a real suffix, a label of text or as many labels as there may be; then a suffix. */
static struct forge_name name_make(struct draft *draft, unsigned number)
{
	const struct forge_name *suffix = pick_suffix(draft), *inner = pick_suffix(draft);
	struct forge_name name = { .length = 0 };
	char label[2] = { 'h', (char)('a' + number % 26) };

	switch (choose(draft->choices, 12)) {
	case 11:
		name_append(&name, inner);
		name.length -= name.length > 0;
		break;
	case 10:
		name_add_text_label(draft, &name);
		break;
	case 9:
		while (name.length + 2 + suffix->length < 250 && name_add_label(&name, label, 1))
			;
		break;
	case 8:
		break;
	default:
		name_add_label(&name, label, sizeof(label));
	}
	if (!name_append(&name, suffix))
		name = *suffix;
	if (once_in(draft->choices, 4))
		for (size_t i = 0; i < name.length; i++)
			if (name.octets[i] >= 'a' && name.octets[i] <= 'z' && i % 3)
				name.octets[i] ^= 'a' ^ 'A';
	return name;
}

static void put_name(struct draft *draft, const struct forge_name *name)
{
	if (wildly(draft, 40)) { /* to itself, forwards, into the header, or anywhere */
		const size_t targets[] = { draft->length, draft->length + 2, choose(draft->choices, HEADER),
					   choose(draft->choices, 0x4000) };

		put16(draft, POINTER << 8 | (targets[choose(draft->choices, 4)] & 0x3fff));
	} else if (name->length == draft->asked.length && !memcmp(name->octets, draft->asked.octets, name->length) &&
		   !once_in(draft->choices, 4)) {
		put16(draft, POINTER << 8 | HEADER);
	} else {
		put(draft, name->octets, name->length);
	}
}

/* --- data --- */

/* Allowed most of the time; then everything that must not be answered. */
static void put_address4(struct draft *draft)
{
	static const uint8_t addresses[][4] = {
		{ 0, 0, 0, 0 }, { 0, 1, 2, 3 }, { 127, 0, 0, 1 }, { 127, 255, 255, 254 }, { 169, 254, 169, 254 }, { 224, 0, 0, 1 },
		{ 240, 0, 0, 1 }, { 255, 255, 255, 255 }, { 100, 100, 100, 100 }, { 100, 64, 0, 1 }, { 192, 168, 240, 7 },
		{ 8, 8, 8, 8 }, { 10, 0, 0, 1 }, { 100, 128, 0, 0 }, { 192, 0, 0, 9 }, { 198, 51, 100, 1 },
	};
	const uint8_t allowed[4] = { 100, (uint8_t)(65 + choose(draft->choices, 20)), choices_octet(draft->choices),
				     choices_octet(draft->choices) };

	put(draft, choose(draft->choices, 3) < 2 ? allowed : addresses[choose(draft->choices, 16)], sizeof(allowed));
}

static void put_address6(struct draft *draft)
{
	static const uint8_t addresses[][16] = {
		{ 0x20, 0x01, 0x0d, 0xb8, [15] = 7 }, { [15] = 1 }, { 0 }, { 0xfe, 0x80, [15] = 1 }, { 0xff, 0x02, [15] = 1 },
		{ [10] = 0xff, [11] = 0xff, [12] = 100, [13] = 64, [15] = 9 }, { [12] = 127, [15] = 1 },
		{ 8, 't', 'a', 'i', 'l', '1', '2', '3', '4', 2, 't', 's', 3, 'n', 'e', 't' },
	};
	uint32_t picked = choose(draft->choices, 12);

	if (picked >= 8 && draft->world->network_count > 0) {
		put(draft, draft->world->networks[choose(draft->choices, (uint32_t)draft->world->network_count)], 12);
		put_address4(draft);
	} else {
		put(draft, addresses[picked % 8], 16);
	}
}

/* The text of a name, with dots or the lengths of labels between them, cut into character strings of so many octets. */
static void put_text(struct draft *draft, const struct forge_name *name, size_t piece)
{
	size_t length = name->length - 1, separator = choose(draft->choices, 3), border = name->octets[0];

	for (size_t at = 1; at < length; at += piece) {
		size_t part = length - at < piece ? length - at : piece;

		put8(draft, (unsigned)part);
		for (size_t i = at; i < at + part; i++) {
			bool between = i == border + 1;

			if (between)
				border += 1U + name->octets[i];
			put8(draft, between && separator < 2 ? '.' : name->octets[i]);
		}
	}
}

static void put_strings(struct draft *draft)
{
	struct forge_name name = name_make(draft, 0);
	uint32_t count = once_in(draft->choices, 6) ? choose(draft->choices, 255) : choose(draft->choices, 40);

	switch (choose(draft->choices, 4)) {
	case 0: /* no names at all */
		put8(draft, count);
		for (uint32_t i = 0; i < count; i++)
			put8(draft, choices_octet(draft->choices));
		break;
	case 1:
		put_text(draft, &name, 255);
		break;
	case 2: /* behind another string */
		put(draft, "\5about", 6);
		put_text(draft, &name, 255);
		break;
	default: /* in pieces */
		put_text(draft, &name, 1 + choose(draft->choices, 60));
	}
}

static void put_soa(struct draft *draft)
{
	const uint32_t minima[] = { 60, 0, UINT32_MAX, 0x80000000U, 1 };
	struct forge_name server = name_make(draft, 1), mailbox = name_make(draft, 2);

	put_name(draft, &server);
	put_name(draft, &mailbox);
	for (unsigned i = 1; i <= 4; i++)
		put32(draft, i);
	put32(draft, minima[choose(draft->choices, 5)]);
}

static void put_service(struct draft *draft, const struct forge_name *target)
{
	put16(draft, choose(draft->choices, 3)); /* 0 is the alias */
	put(draft, target->octets, target->length);
	put16(draft, 4); /* ipv4hint */
	put16(draft, 4);
	put_address4(draft);
}

static void put_data(struct draft *draft, uint16_t type, const struct forge_name *target)
{
	switch (type) {
	case A:
		put_address4(draft);
		break;
	case AAAA:
		put_address6(draft);
		break;
	case TXT:
		put_strings(draft);
		break;
	case SOA:
		put_soa(draft);
		break;
	case SRV:
		put32(draft, choose(draft->choices, 65536));
		put16(draft, 443);
		put_name(draft, target);
		break;
	case MX:
		put16(draft, 10);
		put_name(draft, target);
		break;
	case SVCB:
	case HTTPS:
		put_service(draft, target);
		break;
	case CAA:
		put(draft, "\0\5issue", 7);
		put(draft, target->octets + 1, target->length > 2 ? target->length - 2 : 0);
		break;
	case SSHFP:
		put16(draft, 0x0402);
		put(draft, target->octets, target->length);
		break;
	case RRSIG: /* of A, by a name */
		put16(draft, A);
		put16(draft, 0x0802);
		for (unsigned i = 0; i < 3; i++)
			put32(draft, 60);
		put16(draft, 7);
		put(draft, target->octets, target->length);
		put32(draft, 0);
		break;
	case NS:
	case CNAME:
	case DNAME:
	case PTR:
		put_name(draft, target);
		break;
	default:
		put(draft, target->octets, choose(draft->choices, (uint32_t)target->length + 1));
	}
}

/* --- records --- */

static uint32_t pick_ttl(struct draft *draft)
{
	static const uint32_t ttls[] = { 60, 1, 0, 0x7fffffff, 0x80000000U, UINT32_MAX, 5, 86400 };

	return ttls[choose(draft->choices, 8)];
}

static void put_record(struct draft *draft, unsigned section, const struct forge_name *owner, uint16_t type,
		       const struct forge_name *target)
{
	static const uint16_t classes[] = { 3, 255, 254, 0 };
	size_t start = draft->length, data;

	if (draft->full)
		return;
	put_name(draft, owner);
	put16(draft, type);
	put16(draft, wildly(draft, 30) ? classes[choose(draft->choices, 4)] : CLASS_IN);
	put32(draft, pick_ttl(draft));
	put16(draft, 0);
	data = draft->length;
	put_data(draft, type, target);
	if (draft->full) {
		draft->length = start;
		return;
	}
	draft->counts[section]++;
	start = draft->length - data;
	if (wildly(draft, 60))
		start += choose(draft->choices, 20) - (size_t)10;
	draft->out[data - 2] = (uint8_t)(start >> 8);
	draft->out[data - 1] = (uint8_t)start;
}

static uint16_t pick_type(struct draft *draft)
{
	static const uint16_t types[] = { A, AAAA, CNAME, TXT, PTR, NS, SOA, MX, SRV, DNAME, SVCB, HTTPS, SSHFP, CAA, RRSIG, OPT, 250,
					  43, 47, 48, 65280 };

	return types[choose(draft->choices, sizeof(types) / sizeof(*types))];
}

/* Records of the type that was asked: a few, some hundreds, or as many as there is room for. */
static void put_set(struct draft *draft, const struct forge_name *owner)
{
	uint32_t count = 1 + choose(draft->choices, 4);

	if (once_in(draft->choices, 50))
		count = 200 + choose(draft->choices, 400);
	if (wildly(draft, 250))
		count = 10000;
	for (uint32_t i = 0; i < count && !draft->full; i++) {
		struct forge_name target = name_make(draft, i);

		put_record(draft, 1, owner, draft->type, &target);
	}
}

/* Aliases up to an end, which may be missing; a loop comes back to the first. */
static void put_chain(struct draft *draft, bool loop)
{
	uint32_t count = 1 + choose(draft->choices, once_in(draft->choices, 4) ? CHAIN_MAX : 4);
	struct forge_name owner = draft->asked, target;

	for (uint32_t i = 0; i < count; i++) {
		target = loop && i == count - 1 ? draft->asked : name_make(draft, i);
		put_record(draft, 1, &owner, CNAME, &target);
		owner = target;
	}
	if (!once_in(draft->choices, 5))
		put_set(draft, &owner);
}

/* Everything below the parent of the name has moved. */
static void put_moved(struct draft *draft)
{
	struct forge_name parent = { .length = 0 }, target = name_make(draft, 3), moved = { .length = 0 };
	size_t first = 1U + draft->asked.octets[0];

	if (draft->asked.octets[0] == 0)
		return;
	parent.length = draft->asked.length - first;
	memcpy(parent.octets, draft->asked.octets + first, parent.length);
	put_record(draft, 1, &parent, DNAME, &target);
	memcpy(moved.octets, draft->asked.octets, first);
	moved.length = first;
	if (!name_append(&moved, &target))
		return;
	if (!wildly(draft, 4))
		put_record(draft, 1, &draft->asked, CNAME, &moved);
	put_set(draft, &moved);
}

static void put_any(struct draft *draft, unsigned section, uint32_t count)
{
	for (uint32_t i = 0; i < count && !draft->full; i++) {
		struct forge_name owner = once_in(draft->choices, 3) ? name_make(draft, i) : draft->asked;
		struct forge_name target = name_make(draft, i + 1);

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
	struct forge_name zone = *pick_suffix(draft), server = name_make(draft, 5);

	if (draft->counts[1] == 0)
		put_record(draft, 2, &zone, SOA, &server);
	if (once_in(draft->choices, 3)) {
		put_record(draft, 2, &zone, NS, &server);
		put_record(draft, 3, &server, A, &zone);
	}
	if (wildly(draft, 3))
		put_any(draft, 2 + choose(draft->choices, 2), choose(draft->choices, 6));
	if (once_in(draft->choices, 4)) {
		put(draft, "\0\0\51\4\320\0\0\0\0", 9); /* the root, OPT, 1232 octets */
		put16(draft, (unsigned)(4 + 2 + zone.length));
		put16(draft, 15); /* RFC 8914 */
		put16(draft, (unsigned)(2 + zone.length));
		put16(draft, choose(draft->choices, 30));
		put(draft, zone.octets, zone.length);
		draft->counts[3] += !draft->full;
	}
}

/* --- the message --- */

/* The question's name. Its length, or 0 when the query is no query. */
static size_t query_name(const uint8_t *query, size_t length)
{
	size_t at = HEADER;

	while (at < length && query[at] != 0 && query[at] < 64)
		at += 1U + query[at];
	return at + 5 <= length && query[at] == 0 && at - HEADER < 255 ? at + 1 - HEADER : 0;
}

static void put_header(struct draft *draft, const uint8_t *query)
{
	static const uint8_t rcodes[] = { NXDOMAIN, SERVFAIL, REFUSED, NXDOMAIN, 1, 4, 9, 15 };
	unsigned flags = 0x8080 | (query[2] & 1U) << 8;

	if (once_in(draft->choices, 6))
		flags |= rcodes[choose(draft->choices, draft->world->wild ? 8 : 4)];
	if (once_in(draft->choices, 8))
		flags |= 0x0420; /* AA, AD */
	if (wildly(draft, 100))
		flags ^= 1U << choose(draft->choices, 16);
	memcpy(draft->out, query, 2);
	draft->length = 2;
	put16(draft, flags);
	for (unsigned i = 0; i < 4; i++)
		put16(draft, 0);
}

static void put_question(struct draft *draft, const uint8_t *type_and_class)
{
	struct forge_name wrong = draft->asked;

	if (wildly(draft, 100)) {
		wrong = name_make(draft, 0);
		if (once_in(draft->choices, 3))
			return;
	}
	put(draft, wrong.octets, wrong.length);
	put(draft, type_and_class, 4);
	draft->counts[0] = 1;
}

/* Single octets, and an early end. */
static void damage(struct draft *draft)
{
	if (!wildly(draft, 8))
		return;
	for (uint32_t count = choose(draft->choices, 8); count > 0; count--)
		draft->out[2 + choose(draft->choices, (uint32_t)draft->length - 2)] = choices_octet(draft->choices);
	if (once_in(draft->choices, 3))
		draft->length -= choose(draft->choices, (uint32_t)draft->length - HEADER + 1);
}

static void put_counts(struct draft *draft)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned count = wildly(draft, 100) ? choose(draft->choices, 65536) : draft->counts[i];

		draft->out[4 + 2 * i] = (uint8_t)(count >> 8);
		draft->out[5 + 2 * i] = (uint8_t)count;
	}
}

size_t forge_answer(struct choices *choices, const struct forge_world *world, const uint8_t *query, size_t length,
		    uint8_t *out)
{
	struct draft draft = { .choices = choices, .world = world, .out = out };

	draft.asked.length = query_name(query, length);
	if (draft.asked.length == 0)
		return 0;
	memcpy(draft.asked.octets, query + HEADER, draft.asked.length);
	draft.type = (uint16_t)(query[HEADER + draft.asked.length] << 8 | query[HEADER + draft.asked.length + 1]);
	put_header(&draft, query);
	put_question(&draft, query + HEADER + draft.asked.length);
	if (world->wild || (draft.out[3] & 15) == NOERROR)
		put_answers(&draft);
	put_rest(&draft);
	put_counts(&draft);
	damage(&draft);
	return draft.length;
}
