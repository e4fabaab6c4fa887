/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal cannot ask four things at once, so the text says by which way this request has come, which is then proved, and how to ask by the others.
 * Every member of the tailnet chooses names: of these, printable characters alone reach the terminal.
 */
#include "http/text.h"

#include "conf/json.h"
#include "conf/printable.h"
#include "http/advice.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct way {
	const char *name, *addresses, *light;
	bool is_proved;
};

static void printable_print(FILE *stream, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	conf_printable_make(copy, strlen(copy), "");
	fputs(copy, stream);
	free(copy);
}

/* One way: proved by this request, or how to ask by it. cmd.exe knows no quotes but double ones. */
static void way_print(FILE *stream, const struct way *way, const json_t *live)
{
	const json_t *ways = json_object_get(live, "ways"), *advice = json_object_get(live, "advice");
	const char *address = json_string_value(json_array_get(json_object_get(ways, way->addresses), 0));
	const char *curl = conf_json_text(advice, "curl"), *text = conf_json_text(advice, way->light);
	char quote = strcmp(curl, "curl.exe") == 0 ? '"' : '\'';

	if (way->is_proved) {
		fprintf(stream, "  ok         %s: this answer used it\n", way->name);
		return;
	}
	if (!address) {
		fprintf(stream, "  -          %s: this relay has none\n", way->name);
		return;
	}
	fprintf(stream, "  ?          %s: %s -g %chttp://%s", way->name, *curl ? curl : "curl", quote,
		strchr(address, ':') ? "[" : "");
	printable_print(stream, address);
	fprintf(stream, "%s:%lld/%c\n", strchr(address, ':') ? "]" : "", conf_json_number(ways, "port"), quote);
	if (*text)
		fprintf(stream, "             no answer? %s\n", text);
}

static void ways_print(FILE *stream, const json_t *live, const struct http_visitor *visitor)
{
	const struct way ways[] = {
		{"route to the prefix", "prefix", "route", visitor->way == HTTP_BY_PREFIX},
		{"split DNS", "names", "dns", conf_json_is_true(live, "by_name")},
		{"IPv4 twin", "twin", "twin", visitor->way == HTTP_BY_TWIN},
	};

	fprintf(stream, "Does it work from here?  (%s", visitor->address);
	if (visitor->device) {
		fputs(", ", stream);
		printable_print(stream, conf_json_text(visitor->device, "name"));
	}
	fputs(")\n  ok         the relay is reached\n", stream);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		way_print(stream, &ways[i], live);
	if (!json_object_get(json_object_get(live, "advice"), "device"))
		fputs("             what to do where one does not answer: ask for /?device=, with " HTTP_DEVICES "\n",
		      stream);
}

static void lines_print(FILE *stream, const json_t *lines)
{
	json_t *line;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)lines, i, line) {
		fprintf(stream, "  %-9s  ", conf_json_text(line, "mark"));
		printable_print(stream, conf_json_text(line, "text"));
		fputc('\n', stream);
	}
}

char *http_text_make(const json_t *live, const struct http_visitor *visitor, size_t *length)
{
	const json_t *now = json_object_get(json_object_get(live, "history"), "now");
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	if (!stream)
		return NULL;
	printable_print(stream, conf_json_text(live, "verdict"));
	fputs("\n\n", stream);
	ways_print(stream, live, visitor);
	fprintf(stream,
		"\n"
		"now        %lld bit/s out, %lld bit/s back, %lld queries/s, %lld address%s in use\n\n",
		conf_json_number(now, "out"), conf_json_number(now, "back"), conf_json_number(now, "questions"),
		conf_json_number(now, "leases"), conf_json_number(now, "leases") == 1 ? "" : "es");
	lines_print(stream, json_object_get(live, "lines"));
	fclose(stream);
	return text;
}
