/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar is tayga.conf's: one directive a line, words parted by blanks, keywords in any case, a word that begins
 * with # ends the line; no quoting, no continuation. A line may be of any length and has up to 64 words.
 * Editors of other systems end lines with CR LF, and begin the file with a byte order mark: CR is a blank, the mark is skipped.
 */
#include "conf/lines.h"

#include "conf/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAXIMUM = 64 };

static const char byte_order_mark[] = "\xef\xbb\xbf"; /* U+FEFF in UTF-8 */

/* Split one line in place and hand it on. */
static void text_visit_lines(char *text, struct conf_line *line, conf_lines_visitor *visit, void *context,
			     struct conf_report *report)
{
	char *words[WORDS_MAXIMUM], *rest = NULL;

	line->words = words;
	line->count = 0;
	for (char *word = strtok_r(text, " \t\r\n", &rest); word && *word != '#'; word = strtok_r(NULL, " \t\r\n", &rest)) {
		if (line->count == WORDS_MAXIMUM) {
			conf_report_add_at(report, line->file, line->number, "more than %d words: break the line up",
					   WORDS_MAXIMUM);
			return;
		}
		words[line->count++] = word;
	}
	if (line->count)
		visit(context, line, report);
}

void conf_lines_read(FILE *stream, const char *file, conf_lines_visitor *visit, void *context, struct conf_report *report)
{
	struct conf_line line = {.file = file};
	char *text = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&text, &room, stream)) >= 0) {
		size_t mark = strlen(byte_order_mark);
		char *begin = text;

		if (line.number++ == 0 && strncmp(text, byte_order_mark, mark) == 0) {
			begin += mark;
			length -= (ssize_t)mark;
		}
		if (memchr(begin, '\0', (size_t)length))
			conf_report_add_at(report, file, line.number, "a NUL character: this is not a text file");
		else
			text_visit_lines(begin, &line, visit, context, report);
	}
	if (ferror(stream))
		conf_report_add(report, "%s: cannot be read: %s", file, strerror(errno));
	free(text);
}
