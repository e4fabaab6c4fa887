/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What settings make of a machine, as lines that can be compared. */
#ifndef RELAY_SHOW_RENDERED_H
#define RELAY_SHOW_RENDERED_H

#include <stdbool.h>
#include <stddef.h>

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
#define RELAY_FACT_GENERATED "unbound.conf "

struct relay_rendered {
	enum relay_topic topic;
	char *name; /* what stays the same when only the value changes */
	char *text; /* name and value */
};

/* All zero is empty. */
struct relay_rendereds {
	struct relay_rendered *items;
	size_t count;
	bool failed; /* out of memory */
};

/* Gather all that these settings mean, but the maps, those of a map-file included. 0, or -1 with a message. */
int relay_facts_gather(const struct conf_settings *settings, struct relay_rendereds *facts, struct conf_report *report);

/* The maps of the settings, map-file and all, as it is now. */
void relay_facts_maps(const struct conf_settings *settings, struct relay_rendereds *facts);

/* Those that the translator has, which knows the map-file as it was; the settings' when none answers. */
void relay_facts_running_maps(const struct conf_settings *settings, struct relay_rendereds *facts);

/* Add one; its name is the first `length` octets of the text. */
void relay_rendered_add(struct relay_rendereds *facts, enum relay_topic topic, const char *text, size_t length);

/* Told of each difference: old or new is NULL for what comes or goes; both for another value of the same name. */
typedef void relay_rendered_observer(void *context, enum relay_topic topic, const struct relay_rendered *old,
				     const struct relay_rendered *new);

/* Walk the differences, a topic after the other. Sorts both lists. Returns how many there are. */
size_t relay_facts_compare(struct relay_rendereds *old, struct relay_rendereds *new, relay_rendered_observer *observer,
			   void *context);

void relay_facts_clear(struct relay_rendereds *facts);

#endif
