/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which places of a pool are taken: a bitmap that is quick to search. One thread at a time. */
#ifndef NAT64_POOL_PLACES_H
#define NAT64_POOL_PLACES_H

#include <stdbool.h>
#include <stdint.h>

struct places;

struct places *places_new(uint64_t size); /* all free; NULL: out of memory */
void places_free(struct places *places);

bool places_is_taken(const struct places *places, uint64_t place);
void places_take(struct places *places, uint64_t place);
void places_release(struct places *places, uint64_t place);

/* The first free place from start on, around the end to start; size when all are taken. */
uint64_t places_find_free(const struct places *places, uint64_t start);

/* The first taken place from start to the end; size when there is none. */
uint64_t places_find_taken(const struct places *places, uint64_t start);

#endif
