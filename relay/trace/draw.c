/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hops as a column, in plain ASCII:
 *
 *     [ ok ] resolver      fd7a::1 port 53 answers AAAA with fd64:9929::6440:3          0.4 ms
 *       |
 *     [FAIL] upstream      what it said, over as many lines as the
 *       |                  width asks for [finding]
 *       |                  what to do: the one thing
 *     [    ] address       not reached
 *
 * Text is cut at spaces where there are any; a character of UTF-8 is taken for one column, and never cut.
 */
#include "relay/trace/hop.h"

#include <string.h>

enum { INDENT = 22, LEAST = 20, TIME_ROOM = 24 };

static const struct {
	const char *text;
	int colour;
} marks[] = {
	[RELAY_MARK_OK] = {" ok ", 32},
	[RELAY_MARK_FAIL] = {"FAIL", 31},
	[RELAY_MARK_UNKNOWN] = {" ?? ", 33},
	[RELAY_MARK_WARNING] = {"warn", 33},
};

static bool is_continuation(char octet)
{
	return ((unsigned char)octet & 0xc0) == 0x80;
}

/* How many octets of the text go into so many columns; the rest begins behind. */
static size_t line_length(const char *text, unsigned columns)
{
	size_t at = 0, space = 0;

	for (unsigned column = 0; text[at] != '\0'; at++) {
		if (is_continuation(text[at]))
			continue;
		if (column++ == columns)
			return space > 0 ? space : at;
		if (text[at] == ' ')
			space = at;
	}
	return at;
}

/* Text in the column right of the hops; the first line stands behind what is there already. */
static void text_draw(const char *text, unsigned columns, bool last, bool goes_on, FILE *stream)
{
	size_t length = columns > 0 ? line_length(text, columns) : strlen(text);

	fprintf(stream, "%s%.*s\n",
		goes_on ? "" :
		last    ? "                      " :
			  "  |                   ",
		(int)length, text);
	text += length;
	while (*text == ' ')
		text++;
	if (*text != '\0')
		text_draw(text, columns, last, false, stream);
}

static void hop_draw(const struct relay_hop *hop, enum relay_hop_id id, unsigned columns, bool colour, FILE *stream)
{
	bool last = id + 1 == RELAY_HOPS;
	char text[sizeof(hop->text) + sizeof(hop->advice) + TIME_ROOM];

	if (!hop->reached) {
		fprintf(stream, "[    ] %-*snot reached\n", INDENT - 7, relay_hop_title(id));
		return;
	}
	if (colour)
		fprintf(stream, "[\033[%dm%s\033[0m] ", marks[hop->mark].colour, marks[hop->mark].text);
	else
		fprintf(stream, "[%s] ", marks[hop->mark].text);
	fprintf(stream, "%-*s", INDENT - 7, relay_hop_title(id));
	if (hop->finding != FINDING_NONE)
		snprintf(text, sizeof(text), "%s [%s]", hop->text, relay_finding_types[hop->finding].name);
	else if (hop->took_us >= 0)
		snprintf(text, sizeof(text), "%s (%.1f ms)", hop->text, (double)hop->took_us / 1000);
	else
		snprintf(text, sizeof(text), "%s", hop->text);
	text_draw(text, columns, last, true, stream);
	if (hop->advice[0] != '\0') {
		snprintf(text, sizeof(text), "what to do: %s", hop->advice);
		text_draw(text, columns, last, false, stream);
	}
}

void relay_hops_draw(const struct relay_hop hops[RELAY_HOPS], unsigned width, bool colour, FILE *stream)
{
	unsigned columns = width == 0 ? 0 : width >= INDENT + LEAST ? width - INDENT : LEAST;

	for (size_t i = 0; i < RELAY_HOPS; i++) {
		hop_draw(&hops[i], (enum relay_hop_id)i, columns, colour, stream);
		if (i + 1 < RELAY_HOPS && hops[i].reached && hops[i + 1].reached)
			fputs("  |\n", stream);
	}
}

json_t *relay_hops_json(const struct relay_hop hops[RELAY_HOPS])
{
	json_t *list = json_array();

	for (size_t i = 0; i < RELAY_HOPS; i++) {
		const struct relay_hop *hop = &hops[i];
		const char *name = relay_hop_name((enum relay_hop_id)i), *title = relay_hop_title((enum relay_hop_id)i);

		if (!hop->reached) {
			json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "id", name, "title", title, "result",
							      "not reached"));
			continue;
		}
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:s?, s:s}", "id", name, "title", title, "result",
					relay_mark_text(hop->mark), "text", hop->text, "ms",
					hop->took_us < 0 ? json_null() : json_real((double)hop->took_us / 1000), "finding",
					hop->finding != FINDING_NONE ? relay_finding_types[hop->finding].name : NULL,
					"advice", hop->advice));
	}
	return list;
}
