/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/nearest.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WORD_MAXIMUM = 31, DISTANCE_MAXIMUM = 3 };

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must change to make one word of the other (Levenshtein). */
static unsigned word_distance(const char *a, const char *b)
{
	unsigned row[WORD_MAXIMUM + 1];
	size_t width = strlen(b);

	if (width > WORD_MAXIMUM)
		return UINT32_MAX;
	for (unsigned i = 0; i <= width; i++)
		row[i] = i;
	for (unsigned y = 1; *a; a++, y++) {
		unsigned corner = row[0];

		row[0] = y;
		for (size_t x = 1; x <= width; x++) {
			unsigned exchanged = corner + (tolower((unsigned char)*a) != tolower((unsigned char)b[x - 1]));

			corner = row[x];
			row[x] = smaller(exchanged, smaller(row[x], row[x - 1]) + 1);
		}
	}
	return row[width];
}

void conf_nearest_offer(struct conf_nearest *search, const char *known)
{
	unsigned distance = word_distance(search->word, known);

	if (distance > DISTANCE_MAXIMUM || 2 * distance > strlen(known) ||
	    (search->nearest && distance >= search->distance))
		return;
	search->nearest = known;
	search->distance = distance;
}
