/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The longest prefix: a hash table of all prefixes, and the lengths that occur, longest first.
 *
 * A look-up cuts the address to each of these lengths in turn and asks the table once for each. Maps of hosts have one
 * length, plans of networks have a few: the time depends on that, and neither on how many maps there are nor on which one it is.
 * The table is at most half full, so a chain of neighbours is short; what is in it comes from the settings, so nobody
 * outside can make it long. It is written once and then only read.
 */
#include "nat64/core/mapindex.h"

#include <stdlib.h>

#define LENGTHS 129

struct level { /* a length that occurs */
	struct nat64_key mask;
	unsigned length;
};

struct slot {
	struct nat64_key prefix;
	uint32_t value;
	uint16_t length; /* plus one; 0: the slot is empty */
};

struct nat64_mapindex {
	unsigned level_count;
	struct level levels[LENGTHS]; /* longest first */
	size_t mask;                  /* slots minus one */
	struct slot slots[];
};

struct nat64_mapindex *nat64_mapindex_new(size_t count)
{
	struct nat64_mapindex *index;
	size_t slots = 2;

	while (slots < 2 * count)
		slots *= 2;
	index = calloc(1, sizeof(*index) + slots * sizeof(*index->slots));
	if (index)
		index->mask = slots - 1;
	return index;
}

static struct nat64_key mask_of(unsigned length)
{
	return (struct nat64_key){
		length == 0  ? 0 :
		length >= 64 ? UINT64_MAX :
			       UINT64_MAX << (64 - length),
		length <= 64 ? 0 : UINT64_MAX << (128 - length),
	};
}

static size_t hash(struct nat64_key key, unsigned length)
{
	uint64_t mixed = (key.high ^ length) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 32 ^ key.low) * UINT64_C(0xc2b2ae3d27d4eb4f);
	return mixed ^ mixed >> 32;
}

/* The slot of a prefix, or the empty one where it belongs. */
static size_t slot_of(const struct nat64_mapindex *index, struct nat64_key prefix, unsigned length)
{
	size_t at = hash(prefix, length) & index->mask;

	for (;; at = (at + 1) & index->mask) {
		const struct slot *slot = &index->slots[at];

		if (!slot->length)
			return at;
		if (slot->prefix.high == prefix.high && slot->prefix.low == prefix.low && slot->length == length + 1)
			return at;
	}
}

static void level_add(struct nat64_mapindex *index, unsigned length)
{
	unsigned at = 0;

	while (at < index->level_count && index->levels[at].length > length)
		at++;
	if (at < index->level_count && index->levels[at].length == length)
		return;
	memmove(&index->levels[at + 1], &index->levels[at], (index->level_count - at) * sizeof(*index->levels));
	index->levels[at] = (struct level){mask_of(length), length};
	index->level_count++;
}

void nat64_mapindex_add(struct nat64_mapindex *index, struct nat64_key prefix, unsigned length, uint32_t value)
{
	struct slot *slot = &index->slots[slot_of(index, prefix, length)];

	if (slot->length)
		return;
	level_add(index, length);
	*slot = (struct slot){.prefix = prefix, .value = value, .length = (uint16_t)(length + 1)};
}

int64_t nat64_mapindex_find(const struct nat64_mapindex *index, struct nat64_key address)
{
	for (unsigned i = 0; i < index->level_count; i++) {
		const struct level *level = &index->levels[i];
		struct nat64_key prefix = {address.high & level->mask.high, address.low & level->mask.low};
		const struct slot *slot = &index->slots[slot_of(index, prefix, level->length)];

		if (slot->length)
			return slot->value;
	}
	return -1;
}
