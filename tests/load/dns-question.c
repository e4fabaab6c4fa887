/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions of clients, of every kind there is.
 *
 * Names are hosts hNUMBER of the split domains in any spelling, names below them, names as long as can be, the domains themselves,
 * addresses inside a prefix and parts of such names; types are those clients ask for, most of them AAAA; RD, AD, CD and DO are set or
 * not, and EDNS is there or not, with any size.
 */
#include "tests/load/dns-question.h"

#include "tests/fuzz/choices.h"
#include "tests/fuzz/inspect.h"

#include <stdio.h>
#include <string.h>

#define HEADER          12
#define NAME_MAX_OCTETS 255

struct draft {
	struct choices *choices;
	const struct inspect_rules *rules;
	const struct question_hosts *hosts;
	uint8_t *octets;
	size_t length;
};

static void put16(struct draft *draft, unsigned value)
{
	draft->octets[draft->length++] = (uint8_t)(value >> 8);
	draft->octets[draft->length++] = (uint8_t)value;
}

static void put_label(struct draft *draft, const char *label)
{
	size_t length = strlen(label);

	draft->octets[draft->length++] = (uint8_t)length;
	memcpy(draft->octets + draft->length, label, length);
	draft->length += length;
}

static uint32_t pick_host(struct draft *draft)
{
	uint32_t count = draft->hosts->count;

	return choose(draft->choices, once_in(draft->choices, draft->hosts->rarely) ? count : count / 1000 + 1);
}

/* Labels until only the zone still fits. */
static void put_long(struct draft *draft, const struct inspect_name *zone)
{
	while (draft->length - HEADER + 10 + zone->length < NAME_MAX_OCTETS - choose(draft->choices, 20))
		put_label(draft, "long-one");
}

static void put_host(struct draft *draft)
{
	const struct inspect_zone *zone;
	char label[16];

	do
		zone = &draft->rules->zones[choose(draft->choices, (uint32_t)draft->rules->zone_count)];
	while (zone->reverse);
	snprintf(label, sizeof(label), "h%u", pick_host(draft));
	switch (choose(draft->choices, 40)) {
	case 39: /* the zone itself */
		break;
	case 38:
		put_long(draft, &zone->name);
		break;
	case 37:
	case 36:
		put_label(draft, "_sip");
		/* fall through */
	default:
		put_label(draft, label);
	}
	memcpy(draft->octets + draft->length, zone->name.octets, zone->name.length);
	draft->length += zone->name.length;
}

/* The address of a host inside a prefix, as RFC 6052 section 2.2 embeds it, seldom with a mistake, seldom not to the end. */
static void put_address(struct draft *draft)
{
	const struct inspect_rules *rules = draft->rules;
	const struct inspect_prefix *prefix = &rules->prefixes[choose(draft->choices, (uint32_t)rules->prefix_count)];
	uint32_t host = pick_host(draft), first;
	const uint8_t inside[4] = {once_in(draft->choices, 20) ? choices_octet(draft->choices) : 100,
				   (uint8_t)(65 + (host >> 16) % 20), (uint8_t)(host >> 8), (uint8_t)host};
	uint8_t address[16];
	char digit[2] = "";
	unsigned taken = 0;

	first = once_in(draft->choices, 20) ? choose(draft->choices, 33 - prefix->length / 4) : 0;
	memcpy(address, &prefix->address, sizeof(address));
	for (unsigned i = prefix->length / 8; i < 16 && taken < 4; i++)
		if (i != 8)
			address[i] = inside[taken++];
	if (prefix->length <= 64 && once_in(draft->choices, 30))
		address[8] = 1;
	for (unsigned i = first; i < 32; i++) {
		digit[0] = "0123456789abcdef"[address[15 - i / 2] >> (i % 2 ? 4 : 0) & 15];
		put_label(draft, digit);
	}
	put_label(draft, "ip6");
	put_label(draft, "arpa");
	draft->octets[draft->length++] = 0;
}

/* The address of a host in the twin, under in-addr.arpa. */
static void put_twin(struct draft *draft)
{
	const struct inspect_range *twin = &draft->rules->twin;
	uint32_t address = twin->address | (pick_host(draft) & (UINT32_MAX >> twin->length));
	char text[4];

	for (unsigned i = 0; i < 4; i++, address >>= 8) {
		snprintf(text, sizeof(text), "%u", address & 255);
		put_label(draft, text);
	}
	put_label(draft, "in-addr");
	put_label(draft, "arpa");
	draft->octets[draft->length++] = 0;
}

/* 0x20: each letter as chance has it. */
static void mix_case(struct draft *draft)
{
	for (size_t i = HEADER; i < draft->length; i++)
		if (draft->octets[i] >= 'a' && draft->octets[i] <= 'z' && once_in(draft->choices, 2))
			draft->octets[i] ^= 'a' ^ 'A';
}

static uint16_t pick_type(struct draft *draft)
{
	static const uint16_t usual[] = {28, 28, 28, 28, 1, 1, 65, 12, 16, 255};
	static const uint16_t all[] = {28, 1,  12, 16, 255, 44, 257, 5,  15, 33, 39, 64,   65,
				       43, 48, 47, 46, 2,   6,  29,  35, 52, 99, 41, 65280};

	if (once_in(draft->choices, 2))
		return all[choose(draft->choices, sizeof(all) / sizeof(*all))];
	return usual[choose(draft->choices, sizeof(usual) / sizeof(*usual))];
}

static void put_edns(struct draft *draft)
{
	static const uint16_t sizes[] = {1232, 512, 4096, 65535, 0, 1400};

	draft->octets[11] = 1;
	draft->octets[draft->length++] = 0;
	put16(draft, 41);
	put16(draft, sizes[choose(draft->choices, 6)]);
	put16(draft, 0);
	put16(draft, once_in(draft->choices, 2) ? 0x8000 : 0); /* DO */
	put16(draft, 0);
}

size_t question_make(struct choices *choices, const struct inspect_rules *rules, const struct question_hosts *hosts,
		     uint8_t *octets)
{
	struct draft draft = {.choices = choices, .rules = rules, .hosts = hosts, .octets = octets, .length = HEADER};

	memset(octets, 0, HEADER);
	octets[2] = once_in(choices, 40) ? 0 : 1;                                                   /* RD */
	octets[3] = (uint8_t)((once_in(choices, 5) ? 0x20 : 0) | (once_in(choices, 5) ? 0x10 : 0)); /* AD, CD */
	octets[5] = 1;
	if (rules->prefix_count > 0 && once_in(choices, 6))
		put_address(&draft);
	else if (rules->twin.length > 0 && once_in(choices, 20))
		put_twin(&draft);
	else
		put_host(&draft);
	if (once_in(choices, 3))
		mix_case(&draft);
	put16(&draft, pick_type(&draft));
	put16(&draft, once_in(choices, 500) ? 3 : 1);
	if (!once_in(choices, 3))
		put_edns(&draft);
	return draft.length;
}
