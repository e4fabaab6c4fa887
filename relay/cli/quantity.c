/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quantities as people read them. */
#include "relay/cli/quantity.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

const char *relay_quantity_duration(int64_t seconds, char text[RELAY_QUANTITY_TEXT])
{
	static const struct {
		int64_t seconds;
		char name;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t at = 0;

	while (at < 3 && seconds < units[at].seconds)
		at++;
	if (at == 3)
		snprintf(text, RELAY_QUANTITY_TEXT, "%" PRId64 " s", seconds);
	else
		snprintf(text, RELAY_QUANTITY_TEXT, "%" PRId64 "%c %" PRId64 "%c", seconds / units[at].seconds,
			 units[at].name, seconds % units[at].seconds / units[at + 1].seconds, units[at + 1].name);
	return text;
}

/* The value in the largest of the units, each step times the one before. */
static const char *scaled_print(double value, double step, const char *const *units, char text[RELAY_QUANTITY_TEXT])
{
	size_t at = 0;

	for (; value >= step; at++)
		value /= step;
	snprintf(text, RELAY_QUANTITY_TEXT, at == 0 ? "%.0f %s" : "%.1f %s", value, units[at]);
	return text;
}

const char *relay_quantity_octets(uint64_t octets, char text[RELAY_QUANTITY_TEXT])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

	return scaled_print((double)octets, 1024, units, text);
}

const char *relay_quantity_rate(uint64_t rate, char text[RELAY_QUANTITY_TEXT])
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s", "Ebit/s"};

	return scaled_print((double)rate, 1000, units, text);
}
