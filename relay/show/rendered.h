/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What settings make of a machine, as text: a line a thing. Two such texts are compared. */
#ifndef RELAY_SHOW_RENDERED_H
#define RELAY_SHOW_RENDERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf_report;
struct conf_settings;

/* Where a line belongs to. */
enum relay_topic {
	RELAY_RELAY,
	RELAY_DNS,
	RELAY_TRANSLATION,
	RELAY_NODE,
	RELAY_MAPS,
	RELAY_KERNEL,
	RELAY_RULES,
	RELAY_ROUTES,
	RELAY_TOPICS
};

/* So begins a line of the generated unbound.conf. */
#define RELAY_RENDERED_GENERATED "unbound.conf "

/* A line that stands in one of two texts alone: the other one is NULL. Both: another value of the same name. */
struct relay_difference {
	enum relay_topic topic;
	const char *name; /* what stays the same when only the value changes */
	const char *old, *new;
};

/* All that these settings mean: the caller's to free, or NULL with a message. is_active: with the maps that the translator has, not those of the map-file. */
char *relay_rendered_make(const struct conf_settings *settings, bool is_active, struct conf_report *report);

/* Print a line; its name is the first `length` bytes of the text. */
void relay_rendered_print(FILE *stream, enum relay_topic topic, const char *text, size_t length);

/* The differences, a topic after the other: the caller's to free, while they point into both texts, which are cut up. NULL: out of memory. */
struct relay_difference *relay_rendered_compare(char *old, char *new, size_t *count);

#endif
