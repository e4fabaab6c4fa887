/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the judges of a user's own lines share. */
#ifndef UNBOUND_OWN_JUDGE_H
#define UNBOUND_OWN_JUDGE_H

#include <stddef.h>

struct conf_report;
struct conf_settings;
struct unboundconf_own_line;
struct unboundconf_own_lines;

struct relay_own_judge {
	const struct conf_settings *settings;
	const struct unboundconf_own_lines *lines;
	struct conf_report *report;
};

/* A value of a line, which may be NULL; "" where there is none. */
const char *unboundconf_own_line_value(const struct unboundconf_own_line *line, size_t index);

/* Report "FILE:LINE: KEYWORD: VALUES: " and the text: what the line does, and what to do. */
void unboundconf_own_line_report(const struct relay_own_judge *judge, const struct unboundconf_own_line *line,
				 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The options with one value. */
void unboundconf_own_options_judge(const struct relay_own_judge *judge);

/* A line do-not-query-address. */
void unboundconf_own_query_judge(const struct relay_own_judge *judge, const struct unboundconf_own_line *line);

#endif
