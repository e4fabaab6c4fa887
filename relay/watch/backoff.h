/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often something is put back that somebody keeps taking away. */
#ifndef RELAY_WATCH_BACKOFF_H
#define RELAY_WATCH_BACKOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times are milliseconds of a clock that only goes forward. */
enum {
	RELAY_BACKOFF_FREE = 5,         /* put back at once so often */
	RELAY_BACKOFF_FIRST_MS = 1000,  /* then after this, twice this... */
	RELAY_BACKOFF_MAX_MS = 300000,  /* up to this */
	RELAY_BACKOFF_QUIET_MS = 60000, /* what stays in place so long is forgotten */
};

struct relay_backoff_entry {
	char *what;
	uint64_t put;   /* when it was last put back */
	uint64_t until; /* not to be put back before this */
	uint64_t delay;
	unsigned count; /* how often in this conflict */
	bool missing;
};

/* All zero: nothing was ever put back. */
struct relay_backoff {
	struct relay_backoff_entry *entries;
	size_t count;
};

/* It is missing: may it be put back now? */
bool relay_backoff_permits(struct relay_backoff *backoff, const char *what, uint64_t now);

/*
 * It was put back. How often in this conflict: up to RELAY_BACKOFF_FREE each time is printed, one more is a conflict, printed once, and
 * later ones are not. 0 out of memory.
 */
unsigned relay_backoff_note(struct relay_backoff *backoff, const char *what, uint64_t now);

/* When the first of those that are missing and have to wait may be put back: UINT64_MAX when none waits. */
uint64_t relay_backoff_next(const struct relay_backoff *backoff, uint64_t now);

/* Does somebody keep taking it away: put back more often than is free, and not forgotten yet? */
bool relay_backoff_is_contested(const struct relay_backoff *backoff, const char *what, uint64_t now);

/* How many are. */
size_t relay_backoff_conflicts(const struct relay_backoff *backoff, uint64_t now);

void relay_backoff_clear(struct relay_backoff *backoff);

#endif
