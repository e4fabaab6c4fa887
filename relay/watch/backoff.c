/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often something is put back that somebody keeps taking away: a few times at once, then ever more rarely, so that two programs of
 * different opinion do not eat the machine. Each thing has its own count. What has stayed in place for a while begins anew.
 */
#include "relay/watch/backoff.h"

#include <stdlib.h>
#include <string.h>

static struct relay_backoff_entry *entry_find(const struct relay_backoff *backoff, const char *what)
{
	for (size_t i = 0; i < backoff->count; i++)
		if (strcmp(backoff->entries[i].what, what) == 0)
			return &backoff->entries[i];
	return NULL;
}

static struct relay_backoff_entry *entry_add(struct relay_backoff *backoff, const char *what)
{
	struct relay_backoff_entry *entries = realloc(backoff->entries, (backoff->count + 1) * sizeof(*entries));
	char *copy = strdup(what);

	if (entries)
		backoff->entries = entries;
	if (!entries || !copy) {
		free(copy);
		return NULL;
	}
	entries[backoff->count] = (struct relay_backoff_entry){.what = copy};
	return &entries[backoff->count++];
}

bool relay_backoff_permits(struct relay_backoff *backoff, const char *what, uint64_t now)
{
	struct relay_backoff_entry *entry = entry_find(backoff, what);

	if (!entry)
		return true;
	if (!entry->missing && now - entry->put >= RELAY_BACKOFF_QUIET_MS) {
		entry->count = 0;
		entry->delay = entry->until = 0;
	}
	entry->missing = true;
	return now >= entry->until;
}

unsigned relay_backoff_note(struct relay_backoff *backoff, const char *what, uint64_t now)
{
	struct relay_backoff_entry *entry = entry_find(backoff, what);

	if (!entry)
		entry = entry_add(backoff, what);
	if (!entry)
		return 0;
	entry->missing = false;
	entry->put = now;
	if (++entry->count <= RELAY_BACKOFF_FREE)
		return entry->count;
	entry->delay = entry->delay == 0 ? RELAY_BACKOFF_FIRST_MS : entry->delay * 2;
	if (entry->delay > RELAY_BACKOFF_MAX_MS)
		entry->delay = RELAY_BACKOFF_MAX_MS;
	entry->until = now + entry->delay;
	return entry->count;
}

uint64_t relay_backoff_next(const struct relay_backoff *backoff, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < backoff->count; i++)
		if (backoff->entries[i].missing && backoff->entries[i].until > now && backoff->entries[i].until < next)
			next = backoff->entries[i].until;
	return next;
}

static bool entry_is_contested(const struct relay_backoff_entry *entry, uint64_t now)
{
	return entry->count > RELAY_BACKOFF_FREE && (entry->missing || now - entry->put < RELAY_BACKOFF_QUIET_MS);
}

bool relay_backoff_is_contested(const struct relay_backoff *backoff, const char *what, uint64_t now)
{
	const struct relay_backoff_entry *entry = entry_find(backoff, what);

	return entry && entry_is_contested(entry, now);
}

size_t relay_backoff_conflicts(const struct relay_backoff *backoff, uint64_t now)
{
	size_t conflicts = 0;

	for (size_t i = 0; i < backoff->count; i++)
		conflicts += entry_is_contested(&backoff->entries[i], now);
	return conflicts;
}

void relay_backoff_clear(struct relay_backoff *backoff)
{
	for (size_t i = 0; i < backoff->count; i++)
		free(backoff->entries[i].what);
	free(backoff->entries);
	*backoff = (struct relay_backoff){0};
}
