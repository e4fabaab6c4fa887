/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the records of a forged message are made of: names in many shapes, addresses, text, and the data of each type. */
#include "tests/fuzz/forge-draft.h"

#include "tests/fuzz/choices.h"

#include <string.h>

#define POINTER 0xc0

void draft_put(struct draft *draft, const void *octets, size_t length)
{
	if (draft->length + length > FORGE_ROOM) {
		draft->full = true;
		return;
	}
	memcpy(draft->out + draft->length, octets, length);
	draft->length += length;
}

void draft_put8(struct draft *draft, unsigned value)
{
	uint8_t octet = (uint8_t)value;

	draft_put(draft, &octet, 1);
}

void draft_put16(struct draft *draft, unsigned value)
{
	draft_put8(draft, value >> 8);
	draft_put8(draft, value);
}

void draft_put32(struct draft *draft, uint32_t value)
{
	draft_put16(draft, value >> 16);
	draft_put16(draft, value & 0xffff);
}

bool draft_wildly(struct draft *draft, uint32_t times)
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
bool draft_name_append(struct forge_name *name, const struct forge_name *suffix)
{
	if (name->length + suffix->length > sizeof(name->octets))
		return false;
	memcpy(name->octets + name->length, suffix->octets, suffix->length);
	name->length += suffix->length;
	return true;
}

const struct forge_name *draft_pick_suffix(struct draft *draft)
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
struct forge_name draft_name_make(struct draft *draft, unsigned number)
{
	const struct forge_name *suffix = draft_pick_suffix(draft), *inner = draft_pick_suffix(draft);
	struct forge_name name = {.length = 0};
	char label[2] = {'h', (char)('a' + number % 26)};

	switch (choose(draft->choices, 12)) {
	case 11:
		draft_name_append(&name, inner);
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
	if (!draft_name_append(&name, suffix))
		name = *suffix;
	if (once_in(draft->choices, 4))
		for (size_t i = 0; i < name.length; i++)
			if (name.octets[i] >= 'a' && name.octets[i] <= 'z' && i % 3)
				name.octets[i] ^= 'a' ^ 'A';
	return name;
}

void draft_put_name(struct draft *draft, const struct forge_name *name)
{
	if (draft_wildly(draft, 40)) { /* to itself, forwards, into the header, or anywhere */
		const size_t targets[] = {draft->length, draft->length + 2, choose(draft->choices, FORGE_HEADER),
					  choose(draft->choices, 0x4000)};

		draft_put16(draft, POINTER << 8 | (targets[choose(draft->choices, 4)] & 0x3fff));
	} else if (name->length == draft->asked.length && !memcmp(name->octets, draft->asked.octets, name->length) &&
		   !once_in(draft->choices, 4)) {
		draft_put16(draft, POINTER << 8 | FORGE_HEADER);
	} else {
		draft_put(draft, name->octets, name->length);
	}
}

/* --- data --- */

/* Allowed most of the time; then everything that must not be answered. */
static void put_address4(struct draft *draft)
{
	static const uint8_t addresses[][4] = {
		{0, 0, 0, 0},         {0, 1, 2, 3},     {127, 0, 0, 1},     {127, 255, 255, 254},
		{169, 254, 169, 254}, {224, 0, 0, 1},   {240, 0, 0, 1},     {255, 255, 255, 255},
		{100, 100, 100, 100}, {100, 64, 0, 1},  {192, 168, 240, 7}, {8, 8, 8, 8},
		{10, 0, 0, 1},        {100, 128, 0, 0}, {192, 0, 0, 9},     {198, 51, 100, 1},
	};
	const uint8_t allowed[4] = {100, (uint8_t)(65 + choose(draft->choices, 20)), choices_octet(draft->choices),
				    choices_octet(draft->choices)};

	draft_put(draft, choose(draft->choices, 3) < 2 ? allowed : addresses[choose(draft->choices, 16)], sizeof(allowed));
}

static void put_address6(struct draft *draft)
{
	static const uint8_t addresses[][16] = {
		{0x20, 0x01, 0x0d, 0xb8, [15] = 7},
		{[15] = 1},
		{0},
		{0xfe, 0x80, [15] = 1},
		{0xff, 0x02, [15] = 1},
		{[10] = 0xff, [11] = 0xff, [12] = 100, [13] = 64, [15] = 9},
		{[12] = 127, [15] = 1},
		{8, 't', 'a', 'i', 'l', '1', '2', '3', '4', 2, 't', 's', 3, 'n', 'e', 't'},
	};
	uint32_t picked = choose(draft->choices, 12);

	if (picked >= 8 && draft->world->network_count > 0) {
		draft_put(draft, draft->world->networks[choose(draft->choices, (uint32_t)draft->world->network_count)], 12);
		put_address4(draft);
	} else {
		draft_put(draft, addresses[picked % 8], 16);
	}
}

/* The text of a name, with dots or the lengths of labels between them, cut into character strings of so many octets. */
static void put_text(struct draft *draft, const struct forge_name *name, size_t segment)
{
	size_t length = name->length - 1, separator = choose(draft->choices, 3), border = name->octets[0];

	for (size_t at = 1; at < length; at += segment) {
		size_t part = length - at < segment ? length - at : segment;

		draft_put8(draft, (unsigned)part);
		for (size_t i = at; i < at + part; i++) {
			bool between = i == border + 1;

			if (between)
				border += 1U + name->octets[i];
			draft_put8(draft, between && separator < 2 ? '.' : name->octets[i]);
		}
	}
}

static void put_strings(struct draft *draft)
{
	struct forge_name name = draft_name_make(draft, 0);
	uint32_t count = once_in(draft->choices, 6) ? choose(draft->choices, 255) : choose(draft->choices, 40);

	switch (choose(draft->choices, 4)) {
	case 0: /* no names at all */
		draft_put8(draft, count);
		for (uint32_t i = 0; i < count; i++)
			draft_put8(draft, choices_octet(draft->choices));
		break;
	case 1:
		put_text(draft, &name, 255);
		break;
	case 2: /* behind another string */
		draft_put(draft, "\5about", 6);
		put_text(draft, &name, 255);
		break;
	default: /* in segments */
		put_text(draft, &name, 1 + choose(draft->choices, 60));
	}
}

static void put_soa(struct draft *draft)
{
	const uint32_t minima[] = {60, 0, UINT32_MAX, 0x80000000U, 1};
	struct forge_name server = draft_name_make(draft, 1), mailbox = draft_name_make(draft, 2);

	draft_put_name(draft, &server);
	draft_put_name(draft, &mailbox);
	for (unsigned i = 1; i <= 4; i++)
		draft_put32(draft, i);
	draft_put32(draft, minima[choose(draft->choices, 5)]);
}

static void put_service(struct draft *draft, const struct forge_name *target)
{
	draft_put16(draft, choose(draft->choices, 3)); /* 0 is the alias */
	draft_put(draft, target->octets, target->length);
	draft_put16(draft, 4); /* ipv4hint */
	draft_put16(draft, 4);
	put_address4(draft);
}

void draft_put_data(struct draft *draft, uint16_t type, const struct forge_name *target)
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
		draft_put32(draft, choose(draft->choices, 65536));
		draft_put16(draft, 443);
		draft_put_name(draft, target);
		break;
	case MX:
		draft_put16(draft, 10);
		draft_put_name(draft, target);
		break;
	case SVCB:
	case HTTPS:
		put_service(draft, target);
		break;
	case CAA:
		draft_put(draft, "\0\5issue", 7);
		draft_put(draft, target->octets + 1, target->length > 2 ? target->length - 2 : 0);
		break;
	case SSHFP:
		draft_put16(draft, 0x0402);
		draft_put(draft, target->octets, target->length);
		break;
	case RRSIG: /* of A, by a name */
		draft_put16(draft, A);
		draft_put16(draft, 0x0802);
		for (unsigned i = 0; i < 3; i++)
			draft_put32(draft, 60);
		draft_put16(draft, 7);
		draft_put(draft, target->octets, target->length);
		draft_put32(draft, 0);
		break;
	case NS:
	case CNAME:
	case DNAME:
	case PTR:
		draft_put_name(draft, target);
		break;
	default:
		draft_put(draft, target->octets, choose(draft->choices, (uint32_t)target->length + 1));
	}
}
