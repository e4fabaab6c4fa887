/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal cannot ask four things at once, so the text says by which way this request has come, which is then proved, and how to ask by the others.
 * Every member of the tailnet chooses names: of these, printable characters alone reach the terminal.
 */
#include "http/text.h"

#include "conf/json.h"
#include "conf/printable.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void printable_print(FILE *stream, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	conf_printable_make(copy, strlen(copy), "");
	fputs(copy, stream);
	free(copy);
}

static void way_print(FILE *stream, const char *what, int is_proved, const json_t *addresses, long long port)
{
	const char *address = json_string_value(json_array_get(addresses, 0));

	if (is_proved) {
		fprintf(stream, "  ok         %s: this answer came by it\n", what);
	} else if (address) {
		fprintf(stream, "  ?          %s: curl -g 'http://%s", what, strchr(address, ':') ? "[" : "");
		printable_print(stream, address);
		fprintf(stream, "%s:%lld/'\n", strchr(address, ':') ? "]" : "", port);
	} else {
		fprintf(stream, "  -          %s: this relay has none\n", what);
	}
}

static void ways_print(FILE *stream, const json_t *live, const struct http_visitor *visitor)
{
	const json_t *ways = json_object_get(live, "ways");
	long long port = conf_json_number(ways, "port");

	fprintf(stream, "Does it work from here?  (%s", visitor->address);
	if (visitor->device) {
		fputs(", ", stream);
		printable_print(stream, conf_json_text(visitor->device, "name"));
	}
	fputs(")\n  ok         the relay is reached\n", stream);
	way_print(stream, "route to the prefix", visitor->way == HTTP_BY_PREFIX, json_object_get(ways, "prefix"), port);
	way_print(stream, "split DNS", conf_json_is_true(live, "by_name"), json_object_get(ways, "names"), port);
	way_print(stream, "IPv4 twin", visitor->way == HTTP_BY_TWIN, json_object_get(ways, "twin"), port);
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
	fprintf(stream, "\nnow        %lld bit/s out, %lld bit/s back, %lld questions a second, %lld address%s in use\n\n",
		conf_json_number(now, "out"), conf_json_number(now, "back"), conf_json_number(now, "questions"),
		conf_json_number(now, "leases"), conf_json_number(now, "leases") == 1 ? "" : "es");
	lines_print(stream, json_object_get(live, "lines"));
	fclose(stream);
	return text;
}
