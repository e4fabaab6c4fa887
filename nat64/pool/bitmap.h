/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which places of a pool are taken: a bitmap that is quick to search. One thread at a time. */
#ifndef NAT64_POOL_BITMAP_H
#define NAT64_POOL_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

struct nat64_bitmap;

struct nat64_bitmap *nat64_bitmap_new(uint64_t size); /* all free; NULL: out of memory */
void nat64_bitmap_free(struct nat64_bitmap *places);

bool nat64_bitmap_is_taken(const struct nat64_bitmap *places, uint64_t place);
void nat64_bitmap_set(struct nat64_bitmap *places, uint64_t place);
void nat64_bitmap_release(struct nat64_bitmap *places, uint64_t place);

/* The first free place from start on, around the end to start; size when all are taken. */
uint64_t nat64_bitmap_find_free(const struct nat64_bitmap *places, uint64_t start);

/* The first taken place from start to the end; size when there is none. */
uint64_t nat64_bitmap_find_taken(const struct nat64_bitmap *places, uint64_t start);

#endif
