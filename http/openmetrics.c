/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs (OpenMetrics 1.0.0, "Text format"): a counter's family has no _total behind its name, which its samples have; quotes in a
 * help are escaped; the end is marked.
 */
#include "http/openmetrics.h"

#include <stdio.h>
#include <string.h>

#define TOTAL "_total"

/* "# TYPE NAME_total counter": the name without its end, and the rest. words: behind "# TYPE " or "# HELP ". */
static void family_print(FILE *stream, const char *words, size_t length, int is_help)
{
	size_t name = strcspn(words, " \n"), cut = strlen(TOTAL);

	if (name > cut && memcmp(words + name - cut, TOTAL, cut) == 0)
		fwrite(words, 1, name - cut, stream);
	else
		fwrite(words, 1, name, stream);
	for (size_t i = name; i < length; i++) {
		if (is_help && words[i] == '"')
			fputc('\\', stream);
		fputc(words[i], stream);
	}
}

static void line_print(FILE *stream, const char *line, size_t length)
{
	enum { MARK = sizeof("# HELP ") - 1 };

	if (length > MARK && (strncmp(line, "# HELP ", MARK) == 0 || strncmp(line, "# TYPE ", MARK) == 0)) {
		fwrite(line, 1, MARK, stream);
		family_print(stream, line + MARK, length - MARK, line[2] == 'H');
	} else {
		fwrite(line, 1, length, stream);
	}
}

char *http_openmetrics_make(const char *prometheus, size_t *length)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, length);

	if (!stream)
		return NULL;
	while (*prometheus != '\0') {
		size_t line = strcspn(prometheus, "\n");

		line += prometheus[line] == '\n';
		line_print(stream, prometheus, line);
		prometheus += line;
	}
	fputs("# EOF\n", stream);
	fclose(stream);
	return text;
}
