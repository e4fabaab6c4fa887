/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of findings. Judges add to it, each what it sees, and know nothing of one another: that a client is not answered because the resolver
 * is silent is found out when all is gathered, by the table of causes.
 */
#include "relay/check/finding.h"

#include "relay/cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct relay_finding_type relay_finding_types[FINDINGS] = {
	[FINDING_NONE] = {"", RELAY_FINDING_NOTE, "", {FINDING_NONE}},
#define FINDING(id, word, kind, title, ...) [id] = {word, RELAY_FINDING_##kind, title, {__VA_ARGS__}},
#include "relay/check/finding_list.h"
#undef FINDING
};

enum relay_mark relay_finding_mark(enum relay_finding_id id)
{
	static const enum relay_mark marks[] = {
		[RELAY_FINDING_FAILURE] = RELAY_MARK_FAIL,
		[RELAY_FINDING_WARNING] = RELAY_MARK_WARNING,
		[RELAY_FINDING_UNKNOWN] = RELAY_MARK_UNKNOWN,
		[RELAY_FINDING_NOTE] = RELAY_MARK_OK,
	};

	return marks[relay_finding_types[id].kind];
}

static bool room_make(struct relay_findings *findings)
{
	size_t room = findings->room ? 2 * findings->room : 16;
	struct relay_finding *items;

	if (findings->count < findings->room)
		return true;
	items = realloc(findings->items, room * sizeof(*items));
	if (!items) {
		findings->incomplete = true;
		return false;
	}
	findings->items = items;
	findings->room = room;
	return true;
}

struct relay_finding *relay_findings_add(struct relay_findings *findings, enum relay_finding_id id,
					 enum relay_place place, const char *format, ...)
{
	struct relay_finding *finding;
	va_list arguments;

	if (!room_make(findings))
		return NULL;
	finding = &findings->items[findings->count++];
	*finding = (struct relay_finding){.id = id, .place = place, .mark = relay_finding_mark(id)};
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	return finding;
}

void relay_findings_advise(struct relay_findings *findings, const char *format, ...)
{
	struct relay_finding *finding = findings->count > 0 && !findings->incomplete ?
						&findings->items[findings->count - 1] :
						NULL;
	va_list arguments;

	if (!finding)
		return;
	va_start(arguments, format);
	vsnprintf(finding->advice, sizeof(finding->advice), format, arguments);
	va_end(arguments);
}

void relay_findings_see(struct relay_findings *findings, enum relay_place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(findings->seen[place], sizeof(findings->seen[place]), format, arguments);
	va_end(arguments);
}

const struct relay_finding *relay_findings_find(const struct relay_findings *findings, enum relay_finding_id id)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].id == id)
			return &findings->items[i];
	return NULL;
}

/* Does this id follow, over others perhaps, from that one? The table has no circle, and the search an end in any case. */
static bool follows_from(const struct relay_findings *findings, enum relay_finding_id id, enum relay_finding_id from)
{
	for (size_t steps = 0; id != FINDING_NONE && steps < FINDINGS; steps++) {
		const struct relay_finding *finding;

		if (id == from)
			return true;
		finding = relay_findings_find(findings, id);
		id = finding ? finding->cause : FINDING_NONE;
	}
	return false;
}

static enum relay_finding_id cause_find(const struct relay_findings *findings, enum relay_finding_id id)
{
	const enum relay_finding_id *causes = relay_finding_types[id].causes;

	for (size_t i = 0; i < RELAY_FINDING_CAUSES && causes[i] != FINDING_NONE; i++)
		if (relay_findings_find(findings, causes[i]) && !follows_from(findings, causes[i], id))
			return causes[i];
	return FINDING_NONE;
}

void relay_findings_settle(struct relay_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].cause == FINDING_NONE)
			findings->items[i].cause = cause_find(findings, findings->items[i].id);
}

int relay_findings_exit(const struct relay_findings *findings)
{
	bool unknown = findings->incomplete;

	for (size_t i = 0; i < findings->count; i++) {
		enum relay_finding_kind kind = relay_finding_types[findings->items[i].id].kind;

		if (kind == RELAY_FINDING_FAILURE)
			return RELAY_EXIT_FAILED;
		unknown |= kind == RELAY_FINDING_UNKNOWN;
	}
	return unknown ? RELAY_EXIT_REFUSED : RELAY_EXIT_OK;
}

void relay_findings_clear(struct relay_findings *findings)
{
	free(findings->items);
	*findings = (struct relay_findings){0};
}
