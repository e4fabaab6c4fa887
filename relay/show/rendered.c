/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of two settings, side by side. Both lists are sorted by topic, name and text; what stands in both falls out, and of
 * what is left a name that is there once on each side has changed its value.
 */
#include "relay/show/rendered.h"

#include <stdlib.h>
#include <string.h>

static int fact_compare(const void *a, const void *b)
{
	const struct relay_rendered *left = a, *right = b;
	int order = (int)left->topic - (int)right->topic;

	if (order == 0)
		order = strcmp(left->name, right->name);
	return order != 0 ? order : strcmp(left->text, right->text);
}

static void fact_clear(struct relay_rendered *fact)
{
	free(fact->name);
	free(fact->text);
}

void relay_facts_clear(struct relay_rendereds *facts)
{
	for (size_t i = 0; i < facts->count; i++)
		fact_clear(&facts->items[i]);
	free(facts->items);
	*facts = (struct relay_rendereds){0};
}

void relay_rendered_add(struct relay_rendereds *facts, enum relay_topic topic, const char *text, size_t length)
{
	struct relay_rendered *items = realloc(facts->items, (facts->count + 1) * sizeof(*items));
	struct relay_rendered fact = {topic, strndup(text, length), strdup(text)};

	if (items)
		facts->items = items;
	if (items && fact.name && fact.text) {
		items[facts->count++] = fact;
		return;
	}
	fact_clear(&fact);
	facts->failed = true;
}

/* Keep the facts that are not marked, in their order. */
static void facts_thin(struct relay_rendereds *facts, const bool *drop)
{
	size_t kept = 0;

	for (size_t i = 0; i < facts->count; i++) {
		if (drop[i])
			fact_clear(&facts->items[i]);
		else
			facts->items[kept++] = facts->items[i];
	}
	facts->count = kept;
}

/* Take out what stands on both sides, as often as it does. */
static void common_remove(struct relay_rendereds *old, struct relay_rendereds *new)
{
	bool *drop_old = calloc(old->count + 1, sizeof(bool)), *drop_new = calloc(new->count + 1, sizeof(bool));
	size_t i = 0, j = 0;

	while (drop_old && drop_new && i < old->count && j < new->count) {
		int order = fact_compare(&old->items[i], &new->items[j]);

		if (order == 0) {
			drop_old[i] = true;
			drop_new[j] = true;
		}
		i += order <= 0;
		j += order >= 0;
	}
	if (drop_old && drop_new) {
		facts_thin(old, drop_old);
		facts_thin(new, drop_new);
	}
	free(drop_old);
	free(drop_new);
}

static bool same_name(const struct relay_rendered *a, const struct relay_rendered *b)
{
	return a->topic == b->topic && strcmp(a->name, b->name) == 0;
}

/* How many of the same name begin here? */
static size_t run_length(const struct relay_rendereds *facts, size_t i)
{
	size_t length = 1;

	while (i + length < facts->count && same_name(&facts->items[i], &facts->items[i + length]))
		length++;
	return length;
}

size_t relay_facts_compare(struct relay_rendereds *old, struct relay_rendereds *new, relay_rendered_observer *observer,
			   void *context)
{
	size_t i = 0, j = 0, count = 0;

	if (old->count > 0)
		qsort(old->items, old->count, sizeof(old->items[0]), fact_compare);
	if (new->count > 0)
		qsort(new->items, new->count, sizeof(new->items[0]), fact_compare);
	common_remove(old, new);
	for (; i < old->count || j < new->count; count++) {
		const struct relay_rendered *left = i < old->count ? &old->items[i] : NULL,
					    *right = j < new->count ? &new->items[j] : NULL;
		int order = !left ? 1 : !right ? -1 : fact_compare(left, right);
		bool changed = left && right && same_name(left, right) && run_length(old, i) == 1 &&
			       run_length(new, j) == 1;

		if (changed)
			observer(context, left->topic, left, right);
		else if (order < 0)
			observer(context, left->topic, left, NULL);
		else
			observer(context, right->topic, NULL, right);
		i += changed || order < 0;
		j += changed || order > 0;
	}
	return count;
}
