/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of messages to clients that looks for what must not be there.
 *
 * A message is read three times over. As octets: is a secret in it, its labels apart by dots or by their lengths? As records: every name,
 * of owners and in data, is followed through its compression pointers and searched as a whole; the strings of a TXT record
 * are joined and searched. As an answer: owners, types and addresses must be those a split domain or a prefix's zone gives.
 * What the client itself spelled in its question is no leak.
 *
 * Everything is written from the RFCs, with nothing of the module's: one mistake must not hide another.
 */
#include "tests/fuzz/inspect.h"

#include <string.h>

#define HEADER   12
#define TEXT_MAX 65536

enum {
	A = 1,
	NS = 2,
	CNAME = 5,
	SOA = 6,
	PTR = 12,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	SRV = 33,
	NAPTR = 35,
	DNAME = 39,
	OPT = 41,
	RRSIG = 46,
	NSEC = 47,
	SVCB = 64,
	HTTPS = 65,
	ANY = 255
};
enum { CLASS_IN = 1 };
enum { ANSWER = 1, AUTHORITY = 2, ADDITIONAL = 3 };

struct reader {
	const struct inspect_rules *rules;
	const uint8_t *octets;
	size_t length, at;
	struct inspect_name asked;
	unsigned type, class;
	const struct inspect_zone *zone; /* of the question; NULL outside */
	bool spelled[INSPECT_MAX];       /* secrets that the client knows */
};

struct entry {
	struct inspect_name owner;
	unsigned section, type, class;
	size_t data, end;
};

/* --- names and octets --- */

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
}

/* Do the octets begin with the labels of the secret from this label on? */
static bool spells(const struct inspect_name *secret, size_t label, const uint8_t *octets, size_t length)
{
	size_t count = secret->octets[label];

	if (length < count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (fold(octets[i]) != secret->octets[label + 1 + i])
			return false;
	label += 1 + count;
	if (secret->octets[label] == 0)
		return true;
	return length > count && (octets[count] == '.' || octets[count] == secret->octets[label]) &&
	       spells(secret, label, octets + count + 1, length - count - 1);
}

bool inspect_finds(const struct inspect_name *secret, const uint8_t *octets, size_t length)
{
	uint8_t first = secret->octets[1];

	if (secret->length < 2)
		return false;
	for (size_t at = 0; at < length; at++)
		if (fold(octets[at]) == first && spells(secret, 0, octets + at, length - at))
			return true;
	return false;
}

static bool shows_secret(const struct reader *reader, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < reader->rules->secret_count; i++)
		if (!reader->spelled[i] && inspect_finds(&reader->rules->secrets[i], octets, length))
			return true;
	return false;
}

/* Read a name at *at, through pointers that only ever lead back (RFC 1035 section 4.1.4), and step over it. */
static bool name_read(const struct reader *reader, size_t *at, struct inspect_name *name)
{
	size_t here = *at, limit = reader->length;
	bool jumped = false;

	name->length = 0;
	while (here < limit) {
		uint8_t count = reader->octets[here];

		if (count >= 0xc0) {
			size_t target;

			if (here + 2 > limit)
				return false;
			target = (count & 0x3fU) << 8 | reader->octets[here + 1];
			if (!jumped)
				*at = here + 2;
			jumped = true;
			if (target >= here)
				return false;
			here = target;
			continue;
		}
		if (count > 63 || here + 1 + count > limit || name->length + 1 + count > sizeof(name->octets))
			return false;
		for (size_t i = 0; i < 1U + count; i++)
			name->octets[name->length++] = fold(reader->octets[here + i]);
		here += 1U + count;
		if (count == 0) {
			if (!jumped)
				*at = here;
			return true;
		}
	}
	return false;
}

static bool names_equal(const struct inspect_name *a, const struct inspect_name *b)
{
	return a->length == b->length && memcmp(a->octets, b->octets, a->length) == 0;
}

static bool name_is_below(const struct inspect_name *name, const struct inspect_name *suffix)
{
	size_t at = 0;

	while (name->length - at > suffix->length)
		at += 1U + name->octets[at];
	return name->length - at == suffix->length && memcmp(name->octets + at, suffix->octets, suffix->length) == 0;
}

/* --- addresses --- */

static bool range_has(const struct inspect_range *range, uint32_t address)
{
	return range->length == 0 || (address ^ range->address) >> (32 - range->length) == 0;
}

static bool ranges_have(const struct inspect_range *ranges, size_t count, uint32_t address)
{
	for (size_t i = 0; i < count; i++)
		if (range_has(&ranges[i], address))
			return true;
	return false;
}

static bool address_is_right(const struct inspect_rules *rules, uint32_t address)
{
	static const struct inspect_range never[] = {
		{0, 8}, {127U << 24, 8}, {0xa9fe0000, 16}, {0xe0000000, 4}, {0xffffffff, 32}};

	return !ranges_have(never, 5, address) && !ranges_have(rules->denied, rules->denied_count, address) &&
	       (rules->allowed_count == 0 || ranges_have(rules->allowed, rules->allowed_count, address));
}

/* Of the Internet, by the special-purpose registry (RFC 6890), which makes two exceptions of its own. */
static bool address_is_global(uint32_t address)
{
	static const struct inspect_range special[] = {
		{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
		{0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
		{0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
	};

	return address == 0xc0000009 || address == 0xc000000a ||
	       !ranges_have(special, sizeof(special) / sizeof(*special), address);
}

/* The IPv4 address inside the prefix (RFC 6052 section 2.2); octet 8 and what follows the address must be 0. */
static bool prefix_extract(const struct inspect_prefix *prefix, const uint8_t *address, uint32_t *inside)
{
	unsigned octets = prefix->length / 8, taken = 0;

	if (memcmp(address, &prefix->address, octets) != 0)
		return false;
	*inside = 0;
	for (unsigned i = octets; i < 16; i++) {
		if (prefix->length < 96 && i == 8) {
			if (address[i] != 0)
				return false;
			continue;
		}
		if (taken < 4)
			*inside = *inside << 8 | address[i];
		else if (address[i] != 0)
			return false;
		taken++;
	}
	return true;
}

static bool is_native(const uint8_t *octets)
{
	struct in6_addr address;

	memcpy(&address, octets, sizeof(address));
	return !IN6_IS_ADDR_UNSPECIFIED(&address) && !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_LINKLOCAL(&address) &&
	       !IN6_IS_ADDR_MULTICAST(&address) && !IN6_IS_ADDR_V4MAPPED(&address) && !IN6_IS_ADDR_V4COMPAT(&address);
}

static bool prefix_has(const struct inspect_prefix *prefix, const uint8_t *address)
{
	return prefix->length > 0 && memcmp(address, &prefix->address, prefix->length / 8) == 0;
}

static const char *address6_check(const struct reader *reader, const uint8_t *address)
{
	uint32_t inside;

	for (size_t i = 0; i < reader->rules->prefix_count; i++) {
		const struct inspect_prefix *prefix = &reader->rules->prefixes[i];

		if (memcmp(address, &prefix->address, prefix->length / 8) != 0)
			continue;
		if (!prefix_extract(prefix, address, &inside))
			return "an AAAA inside a prefix that RFC 6052 does not make";
		return address_is_right(reader->rules, inside) && (!prefix->global || address_is_global(inside)) ?
			       NULL :
			       "an AAAA for a forbidden address";
	}
	if (prefix_has(&reader->rules->twin6, address))
		return prefix_has(&reader->rules->closed6, address) ? "an AAAA for a forbidden IPv6 address" : NULL;
	if (!reader->zone->native)
		return "an AAAA outside of the prefixes";
	return is_native(address) ? NULL : "an AAAA that is nobody's address";
}

static const char *address4_check(const struct reader *reader, const uint8_t *octets)
{
	uint32_t address = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];

	if (reader->rules->twin.length > 0 && range_has(&reader->rules->twin, address))
		return NULL;
	if (!reader->zone->real)
		return "an A record";
	return address_is_right(reader->rules, address) ? NULL : "an A record with a forbidden address";
}

/* --- records --- */

/* How many octets stand before the first name in the data, and how many names there are. */
static void names_of_type(unsigned type, size_t *before, unsigned *count)
{
	*count = 1;
	switch (type) {
	case SOA:
		*count = 2;
		/* fall through */
	case NS:
	case CNAME:
	case PTR:
	case DNAME:
	case NSEC:
		*before = 0;
		break;
	case MX:
	case SVCB:
	case HTTPS:
		*before = 2;
		break;
	case SRV:
		*before = 6;
		break;
	case RRSIG:
		*before = 18;
		break;
	default:
		*count = 0;
	}
}

static const char *data_names_check(const struct reader *reader, const struct entry *entry, struct inspect_name *first)
{
	struct inspect_name name;
	unsigned count;
	size_t at = 0;

	names_of_type(entry->type, &at, &count);
	at += entry->data;
	for (unsigned i = 0; i < count; i++) {
		if (at >= entry->end || !name_read(reader, &at, &name) || at > entry->end)
			return "a name in the data that cannot be read";
		if (shows_secret(reader, name.octets, name.length))
			return "a real name in the data of a record";
		if (i == 0)
			*first = name;
	}
	return NULL;
}

/* The strings of a TXT record, joined. The data is the upstream's own, so the last one may be too long for the record. */
static const char *text_check(const struct reader *reader, const struct entry *entry)
{
	static uint8_t joined[TEXT_MAX];
	size_t length = 0;

	for (size_t at = entry->data; at < entry->end; at += 1U + reader->octets[at]) {
		size_t count = reader->octets[at];

		if (count > entry->end - at - 1)
			count = entry->end - at - 1;
		memcpy(joined + length, reader->octets + at + 1, count);
		length += count;
	}
	return shows_secret(reader, joined, length) ? "a real name in the joined strings of a record" : NULL;
}

static bool is_split_name(const struct reader *reader, const struct inspect_name *name)
{
	for (size_t i = 0; i < reader->rules->zone_count; i++)
		if (!reader->rules->zones[i].reverse && name_is_below(name, &reader->rules->zones[i].name))
			return true;
	return false;
}

static const char *answer_check(const struct reader *reader, const struct entry *entry, const struct inspect_name *first)
{
	size_t length = entry->end - entry->data;

	if (!names_equal(&entry->owner, &reader->asked))
		return "an answer for another name";
	if (entry->type != reader->type && reader->type != ANY)
		return "an answer of another type";
	switch (entry->type) {
	case AAAA:
		return length == 16 ? address6_check(reader, reader->octets + entry->data) : "an AAAA of the wrong length";
	case A:
		return length == 4 ? address4_check(reader, reader->octets + entry->data) : "an A of the wrong length";
	case PTR:
		return reader->zone->reverse && is_split_name(reader, first) ? NULL : "a PTR that names no split domain";
	case SOA:
		return names_equal(&entry->owner, &reader->zone->name) ? NULL : "an SOA below the zone";
	default:
		return reader->zone->passes ? NULL : "an answer of a type that is not passed";
	}
}

static const char *entry_check(const struct reader *reader, const struct entry *entry)
{
	struct inspect_name first = {.length = 0};
	const char *wrong;

	if (shows_secret(reader, entry->owner.octets, entry->owner.length))
		return "a real name as the owner of a record";
	wrong = data_names_check(reader, entry, &first);
	if (!wrong && entry->type == TXT)
		wrong = text_check(reader, entry);
	if (wrong || !reader->zone)
		return wrong;
	if (entry->section == ANSWER)
		return answer_check(reader, entry, &first);
	if (entry->section == AUTHORITY)
		return entry->type == SOA && names_equal(&entry->owner, &reader->zone->name) &&
				       names_equal(&first, &entry->owner) ?
			       NULL :
			       "an authority that is not the zone's SOA";
	return entry->type == OPT ? NULL : "an additional record";
}

static bool entry_read(struct reader *reader, struct entry *entry)
{
	const uint8_t *fixed;

	if (!name_read(reader, &reader->at, &entry->owner) || reader->at + 10 > reader->length)
		return false;
	fixed = reader->octets + reader->at;
	entry->type = (unsigned)fixed[0] << 8 | fixed[1];
	entry->class = (unsigned)fixed[2] << 8 | fixed[3];
	entry->data = reader->at + 10;
	entry->end = entry->data + ((size_t)fixed[8] << 8 | fixed[9]);
	reader->at = entry->end;
	return entry->end <= reader->length;
}

/* --- the message --- */

static bool question_read(struct reader *reader)
{
	if (!name_read(reader, &reader->at, &reader->asked) || reader->at + 4 > reader->length)
		return false;
	reader->type = (unsigned)reader->octets[reader->at] << 8 | reader->octets[reader->at + 1];
	reader->class = (unsigned)reader->octets[reader->at + 2] << 8 | reader->octets[reader->at + 3];
	reader->at += 4;
	for (size_t i = 0; i < reader->rules->secret_count; i++)
		reader->spelled[i] = inspect_finds(&reader->rules->secrets[i], reader->asked.octets, reader->asked.length);
	for (size_t i = 0; i < reader->rules->zone_count && reader->class == CLASS_IN; i++) {
		const struct inspect_zone *zone = &reader->rules->zones[i];

		if (name_is_below(&reader->asked, &zone->name) &&
		    (!reader->zone || zone->name.length > reader->zone->name.length))
			reader->zone = zone;
	}
	return true;
}

/* The types that the module answers for a name that is relayed under its own. */
static bool is_of_addresses(unsigned type)
{
	return type == A || type == AAAA || type == ANY || type == HTTPS || type == SVCB;
}

const char *inspect_message(const struct inspect_rules *rules, const uint8_t *message, size_t length)
{
	struct reader reader = {.rules = rules, .octets = message, .length = length, .at = HEADER};
	unsigned counts[4];

	if (length < HEADER || !(message[2] & 0x80))
		return "no answer at all";
	for (unsigned i = 0; i < 4; i++)
		counts[i] = (unsigned)message[4 + 2 * i] << 8 | message[5 + 2 * i];
	if (counts[0] != 1 || !question_read(&reader))
		return counts[0] == 0 && length == HEADER ? NULL : "no question";
	if (reader.zone && reader.zone->same && !is_of_addresses(reader.type))
		return NULL;
	if (reader.zone && message[3] & 0x20 &&
	    ((message[3] & 15) == 0 || (message[3] & 15) == 3)) /* other answers repeat the client's flags */
		return "AD, for what nobody has checked";
	if (shows_secret(&reader, message, length))
		return "a real name among the octets";
	for (unsigned section = ANSWER; section <= ADDITIONAL; section++)
		for (unsigned i = 0; i < counts[section]; i++) {
			struct entry entry = {.section = section};
			const char *wrong = entry_read(&reader, &entry) ? entry_check(&reader, &entry) :
									  "a record that cannot be read";

			if (wrong)
				return wrong;
		}
	return reader.at == length ? NULL : "octets behind the last record";
}
