/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which places of a pool are taken: a bit each, searched a word at a time. */
#include "nat64/pool/bitmap.h"

#include <stdlib.h>

#define WORD_BITS 64u

struct nat64_bitmap {
	uint64_t size;
	uint64_t words[];
};

struct nat64_bitmap *nat64_bitmap_new(uint64_t size)
{
	struct nat64_bitmap *places = calloc(1, sizeof(*places) + (size + WORD_BITS - 1) / WORD_BITS * sizeof(uint64_t));

	if (places)
		places->size = size;
	return places;
}

void nat64_bitmap_free(struct nat64_bitmap *places)
{
	free(places);
}

bool nat64_bitmap_is_taken(const struct nat64_bitmap *places, uint64_t place)
{
	return places->words[place / WORD_BITS] >> place % WORD_BITS & 1;
}

void nat64_bitmap_set(struct nat64_bitmap *places, uint64_t place)
{
	places->words[place / WORD_BITS] |= UINT64_C(1) << place % WORD_BITS;
}

void nat64_bitmap_release(struct nat64_bitmap *places, uint64_t place)
{
	places->words[place / WORD_BITS] &= ~(UINT64_C(1) << place % WORD_BITS);
}

/* The first place from start to before end whose bit, turned over by flip, is set; end when there is none. */
static uint64_t find(const struct nat64_bitmap *places, uint64_t start, uint64_t end, uint64_t flip)
{
	for (uint64_t place = start; place < end; place += WORD_BITS - place % WORD_BITS) {
		uint64_t word = (places->words[place / WORD_BITS] ^ flip) >> place % WORD_BITS;

		if (word) {
			place += (unsigned)__builtin_ctzll(word);
			return place < end ? place : end;
		}
	}
	return end;
}

uint64_t nat64_bitmap_find_free(const struct nat64_bitmap *places, uint64_t start)
{
	uint64_t found = find(places, start, places->size, UINT64_MAX);

	if (found < places->size)
		return found;
	found = find(places, 0, start, UINT64_MAX);
	return found < start ? found : places->size;
}

uint64_t nat64_bitmap_find_taken(const struct nat64_bitmap *places, uint64_t start)
{
	return find(places, start, places->size, 0);
}
