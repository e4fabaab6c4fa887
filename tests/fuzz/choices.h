/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decisions, drawn from a fuzzer's octets or from a generator of numbers. When octets run out every decision is 0: the tamest. */
#ifndef TESTS_FUZZ_CHOICES_H
#define TESTS_FUZZ_CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choices {
	const uint8_t *octets;
	size_t left;
	uint64_t state; /* of the generator; 0: octets are taken */
};

/* xorshift64*, for the same numbers everywhere; the state is never 0. */
static inline uint32_t choices_number(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

static inline uint8_t choices_octet(struct choices *choices)
{
	if (choices->state)
		return (uint8_t)choices_number(&choices->state);
	if (choices->left == 0)
		return 0;
	choices->left--;
	return *choices->octets++;
}

/* A number from 0 to below - 1; below is 1 to 2^32 - 1. */
static inline uint32_t choose(struct choices *choices, uint32_t below)
{
	uint32_t value = choices_octet(choices);

	for (uint32_t rest = (below - 1) >> 8; rest > 0; rest >>= 8)
		value = value << 8 | choices_octet(choices);
	return value % below;
}

/* True once in so many times. */
static inline bool once_in(struct choices *choices, uint32_t times)
{
	return choose(choices, times) == times - 1;
}

#endif
