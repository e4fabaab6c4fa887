/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What check has found: a list of findings, each with an id that never changes, and how the list becomes a verdict. */
#ifndef RELAY_CHECK_FINDING_H
#define RELAY_CHECK_FINDING_H

#include "relay/check/place.h"
#include "relay/cli/print.h"

#include <stdbool.h>
#include <stddef.h>

/* What check can find, one constant a finding: relay/check/finding_list.h has them; FINDINGS of nat64-relay(8) lists their words. */
enum relay_finding_id {
	FINDING_NONE,
#define FINDING(id, ...) id,
#include "relay/check/finding_list.h"
#undef FINDING
	FINDINGS,
};

/* A failure stops the relay for somebody now; a warning may, or does so for some programs; unknown was not seen from here; a note is no fault. */
enum relay_finding_kind { RELAY_FINDING_FAILURE, RELAY_FINDING_WARNING, RELAY_FINDING_UNKNOWN, RELAY_FINDING_NOTE };

enum { RELAY_FINDING_CAUSES = 24, RELAY_FINDING_TEXT = 400, RELAY_FINDING_ADVICE = 1200 };

struct relay_finding_type {
	const char *name; /* "client-refused" */
	enum relay_finding_kind kind;
	const char *title;                                  /* what it is, without particulars */
	enum relay_finding_id causes[RELAY_FINDING_CAUSES]; /* that explain it, the likeliest first; FINDING_NONE ends them */
};
extern const struct relay_finding_type relay_finding_types[FINDINGS]; /* by id */

struct relay_finding {
	enum relay_finding_id id;
	enum relay_place place;
	enum relay_mark mark;
	enum relay_finding_id cause;   /* it follows from this one, which is in the list too; FINDING_NONE: from none */
	char text[RELAY_FINDING_TEXT]; /* what was seen */
	char advice[RELAY_FINDING_ADVICE]; /* the one thing to do, as it is typed; empty when there is nothing to do */
};

/* All zero is an empty list. seen: what was seen at a place where nothing was found. */
struct relay_findings {
	struct relay_finding *items;
	size_t count, room;
	bool incomplete; /* out of memory */
	char seen[PLACES][RELAY_FINDING_TEXT];
};

/* Add one. Its advice is set apart, and only for the last that was added. NULL: it is out of memory, and the list is marked incomplete. */
struct relay_finding *relay_findings_add(struct relay_findings *findings, enum relay_finding_id id, enum relay_place place,
					 const char *format, ...) __attribute__((format(printf, 4, 5)));
void relay_findings_advise(struct relay_findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was seen at a place; printed when no finding is there. */
void relay_findings_see(struct relay_findings *findings, enum relay_place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* How one of that id is marked, by its kind. */
enum relay_mark relay_finding_mark(enum relay_finding_id id);

/* The first of an id; NULL. */
const struct relay_finding *relay_findings_find(const struct relay_findings *findings, enum relay_finding_id id);

/* Give each its cause, by the table: for once, when all is gathered. A cause is never itself a consequence of what it causes. */
void relay_findings_settle(struct relay_findings *findings);

/* An enum relay_exit: FAILED with a failure, REFUSED when something was not seen, else OK. Warnings and notes do not count. */
int relay_findings_exit(const struct relay_findings *findings);

void relay_findings_clear(struct relay_findings *findings);

#endif
