/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of status is printed, and what its lines amount to: one row of judges for the verdict, the exit code, the brief and the whole. */
#ifndef RELAY_SHOW_STATUS_VIEW_H
#define RELAY_SHOW_STATUS_VIEW_H

#include "relay/cli/print.h"

#include <jansson.h>
#include <stdbool.h>

/* SILENT counts alone; BRIEF prints what is not well; WHOLE prints everything. */
enum relay_status_depth { RELAY_STATUS_SILENT, RELAY_STATUS_BRIEF, RELAY_STATUS_WHOLE };

enum { RELAY_STATUS_LINE = 1024 };

struct relay_status_view {
	enum relay_status_depth depth;
	unsigned failed;               /* lines with FAIL */
	char first[RELAY_STATUS_LINE]; /* the first of them, without the mark */
	json_t *lines;                 /* of each line {"mark", "text"}; NULL: not wanted */
};

/* A line with its mark, as relay_print_mark: counted, and printed when the depth wants it. */
void relay_status_mark(struct relay_status_view *view, enum relay_mark mark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A line below the last one, without a mark: printed in the whole alone. */
void relay_status_detail(const struct relay_status_view *view, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
