/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, a line each. */
#include "conf/report.h"

#include <stdarg.h>
#include <stdlib.h>

/* Keep one line, which the report owns from here on. NULL (no memory) is counted and printed as such. */
static int report_keep(struct conf_report *report, char *line)
{
	char **lines = report->discards ? NULL : reallocarray(report->lines, report->count + 1, sizeof(*lines));

	report->count += report->discards;
	if (lines) {
		report->lines = lines;
		report->lines[report->count++] = line;
	} else {
		free(line);
	}
	return -1;
}

int conf_report_add(struct conf_report *report, const char *format, ...)
{
	char *line = NULL;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&line, format, arguments) < 0)
		line = NULL;
	va_end(arguments);
	return report_keep(report, line);
}

int conf_report_add_at(struct conf_report *report, const char *file, unsigned number, const char *format, ...)
{
	char *text = NULL, *line = NULL;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text && (number > 0 ? asprintf(&line, "%s: line %u: %s", file, number, text) :
				  asprintf(&line, "%s: %s", file, text)) < 0)
		line = NULL;
	free(text);
	return report_keep(report, line);
}

void conf_report_print(const struct conf_report *report, const char *program, FILE *stream)
{
	for (size_t i = 0; i < report->count; i++)
		fprintf(stream, "%s: %s\n", program, report->lines[i] ? report->lines[i] : "out of memory");
}

void conf_report_join(const struct conf_report *report, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < report->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "; " : "",
					 report->lines[i] ? report->lines[i] : "out of memory");
}

void conf_report_clear(struct conf_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->lines[i]);
	free(report->lines);
	*report = (struct conf_report){0};
}
