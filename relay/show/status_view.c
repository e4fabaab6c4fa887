/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relay/show/status_view.h"

#include <stdarg.h>
#include <stdio.h>

void relay_status_mark(struct relay_status_view *view, enum relay_mark mark, const char *format, ...)
{
	char text[RELAY_STATUS_LINE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (mark == RELAY_MARK_FAIL && view->failed++ == 0)
		snprintf(view->first, sizeof(view->first), "%s", text);
	if (view->lines)
		json_array_append_new(view->lines, json_pack("{s:s, s:s}", "mark", relay_mark_text(mark), "text", text));
	if (view->depth == RELAY_STATUS_WHOLE || (view->depth == RELAY_STATUS_BRIEF && mark != RELAY_MARK_OK))
		relay_print_mark(mark, "%s", text);
}

void relay_status_detail(const struct relay_status_view *view, const char *format, ...)
{
	va_list arguments;

	if (view->depth != RELAY_STATUS_WHOLE)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}
