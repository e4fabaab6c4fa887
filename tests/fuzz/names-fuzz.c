/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names against any octets: text that is parsed, suffixes that are found and exchanged, data that is searched, and names of addresses.
 *
 * Each is held against a second way to the same result, written here from the RFCs: a suffix is sought label by label from the end, a
 * search is the inspector's, an address is read from its nibbles by hand. The first octet of the input says which.
 */
#include "conf/address.h"
#include "conf/rfc6052.h"
#include "module/names.h"
#include "module/reverse.h"
#include "tests/fuzz/inspect.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

static void demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "expected %s\n", what);
	abort();
}

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

/* Labels of the input's choice, as long as they fit. The name lies in memory that ends where it ends. */
static uint8_t *name_read(struct input *input, size_t *length)
{
	uint8_t name[NAME_OCTETS_MAX], *exact;
	unsigned labels = take(input) % 40;
	size_t at = 0;

	for (; labels > 0; labels--) {
		uint8_t count = (uint8_t)(1 + take(input) % (labels % 8 ? 4 : NAME_LABEL_MAX));

		if (at + 1 + count + 1 > sizeof(name))
			break;
		name[at++] = count;
		for (; count > 0; count--)
			name[at++] = take(input) & 1 ? (uint8_t)("aAbB.\1\2\3"[take(input) % 8]) : take(input);
	}
	name[at++] = 0;
	exact = malloc(at);
	if (!exact)
		abort();
	*length = at;
	return memcpy(exact, name, at);
}

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

static bool equal(const uint8_t *a, const uint8_t *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

/* Where each label begins. How many, the root's among them. */
static size_t labels_of(const uint8_t *name, size_t starts[NAME_OCTETS_MAX])
{
	size_t count = 0, at = 0;

	for (; name[at] != 0; at += 1U + name[at])
		starts[count++] = at;
	starts[count++] = at;
	return count;
}

static bool well_formed(const struct wire_name *name)
{
	size_t at = 0;

	while (at < name->length && name->octets[at] != 0 && name->octets[at] <= NAME_LABEL_MAX)
		at += 1U + name->octets[at];
	return at + 1 == name->length && name->octets[at] == 0;
}

static void try_text(struct input *input)
{
	char *text = malloc(input->left + 1);
	struct wire_name name;
	size_t at = 0;

	if (!text)
		abort();
	memcpy(text, input->at, input->left);
	text[input->left] = '\0';
	if (splitdns_wire_name_parse(text, &name) == 0) {
		demand(name.length >= 1 && name.length <= NAME_OCTETS_MAX && well_formed(&name), "a well-formed name");
		for (size_t i = 0; name.octets[i] != 0; i += 1U + name.octets[i]) {
			demand(equal(name.octets + i + 1, (uint8_t *)text + at, name.octets[i]), "the labels of the text");
			at += name.octets[i] + 1U;
			demand(text[at - 1] == '.' || text[at - 1] == '\0', "a dot behind each label");
		}
	}
	free(text);
}

/* A name of so many octets, of labels as long as can be; of 255 at most. */
static void suffix_make(struct wire_name *name, size_t length)
{
	if (length > NAME_OCTETS_MAX)
		length = NAME_OCTETS_MAX;
	name->length = 0;
	while (length - name->length > 2) {
		size_t label = length - name->length - 2;

		if (label > NAME_LABEL_MAX)
			label = label == NAME_LABEL_MAX + 1 ? NAME_LABEL_MAX - 1 : NAME_LABEL_MAX;
		name->octets[name->length++] = (uint8_t)label;
		memset(name->octets + name->length, 'x', label);
		name->length += label;
	}
	name->octets[name->length++] = 0;
}

static void exchange_check(const uint8_t *name, size_t offset, const struct wire_name *suffix)
{
	bool fits = offset + suffix->length <= NAME_OCTETS_MAX;
	struct wire_name out;

	demand((splitdns_wire_name_exchange_suffix(name, offset, suffix, &out) == 0) == fits,
	       "a name as long as a name may be");
	if (fits)
		demand(well_formed(&out) && out.length == offset + suffix->length && !memcmp(out.octets, name, offset) &&
			       !memcmp(out.octets + offset, suffix->octets, suffix->length),
		       "the name with the other suffix");
}

static void try_suffix(struct input *input)
{
	size_t length, other_length, offset = 0, starts[NAME_OCTETS_MAX], other_starts[NAME_OCTETS_MAX], labels, others;
	uint8_t *name = name_read(input, &length), *other = name_read(input, &other_length);
	struct wire_name suffix = {.length = other_length};
	bool expected;

	labels = labels_of(name, starts);
	others = labels_of(other, other_starts);
	if (take(input) & 1) { /* a suffix of the very name */
		size_t from = starts[take(input) % labels];

		other_length = suffix.length = length - from;
		memcpy(suffix.octets, name + from, suffix.length);
		others = labels_of(suffix.octets, other_starts);
	} else {
		memcpy(suffix.octets, other, other_length);
	}
	expected = others <= labels && length - starts[labels - others] == suffix.length &&
		   equal(name + starts[labels - others], suffix.octets, suffix.length);
	demand(splitdns_wire_name_find_suffix(name, length, &suffix, &offset) == expected,
	       expected ? "the suffix" : "no suffix");
	if (expected) {
		demand(offset == starts[labels - others], "the place of the suffix");
		for (unsigned more = 0; more < 6; more++) { /* up to the limit, and beyond */
			suffix_make(&suffix, NAME_OCTETS_MAX - offset + more - 2);
			exchange_check(name, offset, &suffix);
		}
	}
	free(name);
	free(other);
}

/* The name is hidden in the octets, or only almost. */
static void try_search(struct input *input)
{
	size_t length, room, at;
	uint8_t *labels = name_read(input, &length), *octets;
	struct wire_name name = {.length = length};
	struct inspect_name same = {.length = length};

	for (size_t i = 0; i < length; i++)
		same.octets[i] = name.octets[i] = fold(labels[i]);
	room = input->left + length;
	octets = malloc(room);
	if (!octets)
		abort();
	at = input->left > 1 ? take(input) % input->left : 0;
	room = input->left + length;
	memcpy(octets, input->at, at);
	memcpy(octets + at, labels, length);
	memcpy(octets + at + length, input->at + at, input->left - at);
	if (at > 0)
		octets[at + octets[0] % length] ^= octets[at - 1] & 0x21;
	demand(splitdns_wire_name_is_in(&name, octets, room) == inspect_finds(&same, octets, room),
	       "what the inspector finds");
	free(labels);
	free(octets);
}

/* Forth and back; and whatever is read as an address is the one name of that address. */
static void try_reverse(struct input *input)
{
	static const unsigned lengths[] = {32, 40, 48, 56, 64, 96};
	struct conf_prefix6 prefix = {.length = lengths[take(input) % 6]};
	struct wire_name zone, name;
	struct in_addr address = {0};
	size_t length, offset = 0;
	uint8_t *labels;

	for (unsigned i = 0; i < prefix.length / 8; i++)
		prefix.address.s6_addr[i] = i == 8 ? 0 : take(input);
	splitdns_reverse_zone_make(&prefix, &zone);
	demand(well_formed(&zone) && zone.length == prefix.length / 4 * 2 + 10, "the zone of a prefix");
	for (unsigned i = 0; i < 32 - prefix.length / 4; i++) {
		name.octets[offset++] = 1;
		name.octets[offset++] = (uint8_t) "0123456789abcdefABCDEFg"[take(input) % 23];
	}
	if (splitdns_reverse_read(&prefix, name.octets, offset, &address) == REVERSE_ADDRESS) {
		struct in6_addr whole = conf_rfc6052_embed(&prefix, address);

		for (unsigned i = 0; i < offset / 2; i++) {
			char digit[2] = {(char)name.octets[2 * i + 1], 0};

			demand((whole.s6_addr[15 - i / 2] >> (i % 2 ? 4 : 0) & 15) == strtol(digit, NULL, 16),
			       "the nibbles of the address");
		}
	}
	labels = name_read(input, &length);
	splitdns_reverse_read(&prefix, labels, length - 1, &address);
	splitdns_reverse_name_make(address, &name);
	demand(well_formed(&name), "a name under in-addr.arpa");
	free(labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct input *) = {try_text, try_suffix, try_search, try_reverse};
	struct input input = {data, size};

	tries[take(&input) % 4](&input);
	return 0;
}
