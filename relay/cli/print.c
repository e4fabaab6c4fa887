/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines for people. Colour is for a terminal, and off with NO_COLOR or TERM=dumb. */
#include "relay/cli/print.h"

#include "conf/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Digits of a number with a fraction: times of compare and trace, in milliseconds. */
enum { REAL_DIGITS = 6 };

enum colour { COLOUR_BOLD = 1, COLOUR_RED = 31, COLOUR_GREEN = 32, COLOUR_YELLOW = 33 };

bool relay_print_is_coloured(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && terminal && strcmp(terminal, "dumb") != 0;
}

/* Print text padded to width, so that what follows stands in a column. */
static void word_print(const char *text, int width, enum colour colour)
{
	if (relay_print_is_coloured())
		printf("\033[%dm%-*s\033[0m", colour, width, text);
	else
		printf("%-*s", width, text);
}

const char *relay_mark_text(enum relay_mark mark)
{
	static const char *const texts[] = {"ok", "FAIL", "not known", "warning"};

	return texts[mark];
}

void relay_print_mark(enum relay_mark mark, const char *format, ...)
{
	static const enum colour colours[] = {COLOUR_GREEN, COLOUR_RED, COLOUR_YELLOW, COLOUR_YELLOW};
	va_list arguments;

	word_print(relay_mark_text(mark), 11, colours[mark]);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

void relay_print_item(const char *what, enum kernel_item_state state)
{
	static const struct {
		const char *text;
		enum colour colour;
	} states[] = {
		[KERNEL_ITEM_OK] = {"already there", COLOUR_BOLD},
		[KERNEL_ITEM_MISSING] = {"missing", COLOUR_RED},
		[KERNEL_ITEM_ADDED] = {"added", COLOUR_GREEN},
		[KERNEL_ITEM_REMOVED] = {"removed", COLOUR_GREEN},
	};

	printf("  ");
	word_print(states[state].text, 15, states[state].colour);
	puts(what);
}

void relay_print_event(int priority, const char *name, const struct conf_log_fields *fields, const char *format, ...)
{
	struct log log;
	char text[LOG_LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	conf_log_open(&log, "nat64-relay", LOG_SINK_STDERR);
	if (log.sink == LOG_SINK_STDERR) /* no journal is there: with the lines that are no event */
		log.sink = LOG_SINK_STDOUT;
	fflush(stdout);
	conf_log_event(&log, priority, name, fields, "%s", text);
}

void relay_print_change(char mark, const char *format, ...)
{
	const char sign[2] = {mark, '\0'};
	va_list arguments;

	printf("  ");
	word_print(sign, 2, mark == '+' ? COLOUR_GREEN : mark == '-' ? COLOUR_RED : COLOUR_YELLOW);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

void relay_print_heading(const char *format, ...)
{
	char text[1200]; /* a verdict with its reason */
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	word_print(text, 0, COLOUR_BOLD);
	putchar('\n');
}

void relay_print_json(const json_t *object)
{
	json_dumpf(object, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(REAL_DIGITS));
	putchar('\n');
}
