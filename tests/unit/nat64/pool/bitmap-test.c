/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bitmap of a pool, against a plain array of flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nat64/pool/bitmap.h"

#include <string.h>

static uint64_t plain_find(const bool *taken, uint64_t start, uint64_t end, bool wanted, uint64_t none)
{
	for (uint64_t place = start; place < end; place++)
		if (taken[place] == wanted)
			return place;
	return none;
}

/* Every start of every small size, with many patterns, gives what a walk over flags gives. */
static void finds_what_a_walk_finds(void **state)
{
	static const uint64_t sizes[] = {1, 2, 63, 64, 65, 128, 200};
	uint32_t random = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (unsigned density = 0; density <= 8; density++) {
			uint64_t size = sizes[i];
			struct nat64_bitmap *places = nat64_bitmap_new(size);
			bool taken[200] = {false};

			assert_non_null(places);
			for (uint64_t place = 0; place < size; place++) {
				random = random * 1664525 + 1013904223;
				taken[place] = (random >> 24) % 8 < density;
				if (taken[place])
					nat64_bitmap_set(places, place);
			}
			for (uint64_t start = 0; start < size; start++) {
				uint64_t wrapped = plain_find(taken, 0, start, false, size);

				assert_int_equal(nat64_bitmap_is_taken(places, start), taken[start]);
				assert_int_equal(nat64_bitmap_find_taken(places, start),
						 plain_find(taken, start, size, true, size));
				assert_int_equal(nat64_bitmap_find_free(places, start),
						 plain_find(taken, start, size, false, wrapped));
			}
			nat64_bitmap_free(places);
		}
}

static void releases(void **state)
{
	struct nat64_bitmap *places = nat64_bitmap_new(130);

	(void)state;
	for (uint64_t place = 0; place < 130; place++)
		nat64_bitmap_set(places, place);
	assert_int_equal(nat64_bitmap_find_free(places, 17), 130);
	nat64_bitmap_release(places, 129);
	nat64_bitmap_release(places, 3);
	assert_int_equal(nat64_bitmap_find_free(places, 17), 129);
	assert_int_equal(nat64_bitmap_find_free(places, 0), 3);
	nat64_bitmap_free(places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_walk_finds),
		cmocka_unit_test(releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
