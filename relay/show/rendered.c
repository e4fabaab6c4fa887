/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two rendered states, side by side. A line is a letter for its topic, its name, an octet 1 and its text, so that the order of the octets is that of
 * topics, names and texts. What stands in both falls out, and of what is left a name that is there once on each side has changed its value.
 */
#include "relay/show/rendered.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_TOPIC = 'A', NAME_END = '\1' };

struct lines {
	char **items;
	size_t count;
};

void relay_rendered_print(FILE *stream, enum relay_topic topic, const char *text, size_t length)
{
	fprintf(stream, "%c%.*s%c%s\n", FIRST_TOPIC + (int)topic, (int)length, text, NAME_END, text);
}

static int lines_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct lines lines_sort(char *text)
{
	struct lines lines = {.count = 0};
	size_t room = 1;
	char *next;

	for (const char *c = text; *c != '\0'; c++)
		room += *c == '\n';
	lines.items = calloc(room, sizeof(*lines.items));
	for (char *line = strtok_r(text, "\n", &next); lines.items && line; line = strtok_r(NULL, "\n", &next))
		lines.items[lines.count++] = line;
	if (lines.items)
		qsort(lines.items, lines.count, sizeof(*lines.items), lines_order);
	return lines;
}

static struct relay_difference difference_of(char *line, bool is_new)
{
	char *end = strchr(line, NAME_END), *text = end + 1;

	*end = '\0';
	return (struct relay_difference){(enum relay_topic)(*line - FIRST_TOPIC), line + 1, is_new ? NULL : text,
					 is_new ? text : NULL};
}

static size_t one_sided_find(const struct lines *old, const struct lines *new, struct relay_difference *found)
{
	size_t i = 0, j = 0, count = 0;

	while (i < old->count || j < new->count) {
		int order = i == old->count ? 1 : j == new->count ? -1 : strcmp(old->items[i], new->items[j]);
		bool from_old = order <= 0, from_new = order >= 0;

		if (order != 0)
			found[count++] = difference_of(from_new ? new->items[j] : old->items[i], from_new);
		i += from_old;
		j += from_new;
	}
	return count;
}

static bool same_name(const struct relay_difference *a, const struct relay_difference *b)
{
	return a->topic == b->topic && strcmp(a->name, b->name) == 0;
}

/* Make one of a line that goes and a line that comes, when they are all that there is of a name. Returns how many are left. */
static size_t values_join(struct relay_difference *found, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && same_name(&found[i], &found[end]);)
			end++;
		if (end - i == 2 && !found[i].old != !found[i + 1].old) {
			found[i].old = found[i].old ? found[i].old : found[i + 1].old;
			found[i].new = found[i].new ? found[i].new : found[i + 1].new;
			found[kept++] = found[i];
			continue;
		}
		memmove(&found[kept], &found[i], (end - i) * sizeof(*found));
		kept += end - i;
	}
	return kept;
}

struct relay_difference *relay_rendered_compare(char *old, char *new, size_t *count)
{
	struct lines left = lines_sort(old), right = lines_sort(new);
	struct relay_difference *found = left.items && right.items ? calloc(left.count + right.count + 1, sizeof(*found)) :
								     NULL;

	*count = found ? values_join(found, one_sided_find(&left, &right, found)) : 0;
	free(left.items);
	free(right.items);
	return found;
}
