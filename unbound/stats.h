/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unbound's own statistics, from its control socket: what unbound-control(8) prints, and those of it that we show. */
#ifndef UNBOUND_STATS_H
#define UNBOUND_STATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct conf_report;
struct conf_settings;

/* A number that we show. */
struct unboundconf_stat {
	const char *key;    /* as Unbound calls it */
	const char *member; /* as status --json and the metrics call it */
	bool is_gauge;      /* it can fall; else it counts from Unbound's start */
	const char *help;
};
extern const struct unboundconf_stat unboundconf_stats[];
extern const size_t unboundconf_stat_count;

/* Ask the running Unbound. An object of the members above, a new reference; NULL with a message: nobody listens, we may not
 * ask, it does not answer. Waits 3 seconds at most for each part. Resets nothing. */
json_t *unboundconf_stats_ask(const struct conf_settings *settings, struct conf_report *report);

/* The same from the text of the answer, "KEY=NUMBER" lines; changes the text. Lines that we do not show, or that are no such line,
 * are passed over; what Unbound does not tell is 0. NULL when no line is one of ours. */
json_t *unboundconf_stats_parse(char *text);

#endif
