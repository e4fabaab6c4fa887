/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings told, to a person or as JSON. Both walk the same list in the same order, so that they agree. */
#include "relay/check/verdict.h"

#include "relay/cli/print.h"

#include <stdio.h>

static const char *const kinds[] = {
	[RELAY_FINDING_FAILURE] = "failure",
	[RELAY_FINDING_WARNING] = "warning",
	[RELAY_FINDING_UNKNOWN] = "unknown",
	[RELAY_FINDING_NOTE] = "note",
};

static enum relay_finding_kind kind_of(const struct relay_finding *finding)
{
	return relay_finding_types[finding->id].kind;
}

/* Of that kind, and a consequence of nothing. Whether a boot starts the relay says nothing of whether it works now. */
static const struct relay_finding *first_of(const struct relay_findings *findings, enum relay_finding_kind kind, bool of_boot)
{
	for (size_t i = 0; i < findings->count; i++)
		if (kind_of(&findings->items[i]) == kind && findings->items[i].cause == FINDING_NONE &&
		    (findings->items[i].place == PLACE_REBOOT) == of_boot)
			return &findings->items[i];
	return NULL;
}

/* What a failure follows from in the end: itself, or what may be a warning alone. */
static const struct relay_finding *root_of(const struct relay_findings *findings, const struct relay_finding *finding)
{
	for (size_t steps = 0; finding->cause != FINDING_NONE && steps < FINDINGS; steps++)
		finding = relay_findings_find(findings, finding->cause);
	return finding;
}

/* The failure that the verdict names: the first that follows from nothing, else what the first of those that follow from warnings follows from. */
static const struct relay_finding *failure_of(const struct relay_findings *findings)
{
	const struct relay_finding *failure = first_of(findings, RELAY_FINDING_FAILURE, false);

	for (size_t i = 0; i < findings->count && !failure; i++)
		if (kind_of(&findings->items[i]) == RELAY_FINDING_FAILURE &&
		    kind_of(root_of(findings, &findings->items[i])) == RELAY_FINDING_WARNING)
			failure = root_of(findings, &findings->items[i]);
	return failure;
}

void relay_verdict_write(const struct relay_findings *findings, const char *name, char *text, size_t size)
{
	const struct relay_finding *failure = failure_of(findings),
				   *boot = first_of(findings, RELAY_FINDING_FAILURE, true);
	const struct relay_finding *unknown = first_of(findings, RELAY_FINDING_UNKNOWN, false);

	if (failure)
		snprintf(text, size, "%s: does not work: %s", name, failure->text);
	else if (boot)
		snprintf(text, size, "%s: works until the next boot: %s", name, boot->text);
	else if (unknown)
		snprintf(text, size, "%s: works as far as can be seen from here: %s", name, unknown->text);
	else
		snprintf(text, size, "%s: works", name);
}

static void advice_print(const struct relay_finding *finding)
{
	if (finding->advice[0] != '\0')
		printf("           what to do: %s\n", finding->advice);
}

/* What follows from it, a line each, and what follows from that. */
static void consequences_print(const struct relay_findings *findings, enum relay_finding_id cause, unsigned depth)
{
	for (size_t i = 0; i < findings->count && depth < FINDINGS; i++) {
		if (findings->items[i].cause != cause)
			continue;
		printf("           therefore: %s [%s]\n", findings->items[i].text,
		       relay_finding_types[findings->items[i].id].name);
		consequences_print(findings, findings->items[i].id, depth + 1);
	}
}

/* A mark for the whole of a place: that of its worst finding. */
static enum relay_mark mark_of(const struct relay_findings *findings, enum relay_place place, bool *found)
{
	static const enum relay_mark order[] = {RELAY_MARK_FAIL, RELAY_MARK_WARNING, RELAY_MARK_UNKNOWN, RELAY_MARK_OK};
	size_t worst = sizeof(order) / sizeof(order[0]) - 1;

	*found = false;
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].place != place)
			continue;
		*found = true;
		for (size_t j = 0; j < worst; j++)
			if (order[j] == findings->items[i].mark)
				worst = j;
	}
	return order[worst];
}

/* The first finding of an id, so that several of one id, an address each, show their consequences once. */
static bool is_first(const struct relay_findings *findings, const struct relay_finding *finding)
{
	return relay_findings_find(findings, finding->id) == finding;
}

static void finding_print(const struct relay_findings *findings, const struct relay_finding *finding, size_t number)
{
	const char *name = relay_finding_types[finding->id].name;

	if (finding->cause != FINDING_NONE) {
		relay_print_mark(finding->mark, "%zu. %s: see %s", number, relay_place_title(finding->place),
				 relay_finding_types[finding->cause].name);
		return;
	}
	relay_print_mark(finding->mark, "%zu. %s: %s [%s]", number, relay_place_title(finding->place), finding->text, name);
	advice_print(finding);
	if (is_first(findings, finding))
		consequences_print(findings, finding->id, 0);
}

static void place_print(const struct relay_findings *findings, enum relay_place place, size_t number)
{
	bool found;

	mark_of(findings, place, &found);
	if (!found)
		relay_print_mark(RELAY_MARK_OK, "%zu. %s%s%s", number, relay_place_title(place),
				 findings->seen[place][0] ? ": " : "", findings->seen[place]);
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].place == place)
			finding_print(findings, &findings->items[i], number);
}

void relay_verdict_print(const struct relay_findings *findings, const char *name, const enum relay_place *places,
			 size_t count)
{
	char verdict[RELAY_FINDING_TEXT + 700];

	relay_verdict_write(findings, name, verdict, sizeof(verdict));
	relay_print_heading("%s", verdict);
	for (size_t i = 0; i < count; i++)
		place_print(findings, places[i], i + 1);
	fflush(stdout);
}

static json_t *finding_json(const struct relay_findings *findings, const struct relay_finding *finding, unsigned depth)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count && depth < FINDINGS && is_first(findings, finding); i++)
		if (findings->items[i].cause == finding->id)
			json_array_append_new(list, finding_json(findings, &findings->items[i], depth + 1));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id", relay_finding_types[finding->id].name, "kind",
			 kinds[kind_of(finding)], "place", relay_place_name(finding->place), "title",
			 relay_finding_types[finding->id].title, "text", finding->text, "advice", finding->advice,
			 "consequences", list);
}

/* The place as checks have always had it: the first finding there stands for all. */
static json_t *place_json(const struct relay_findings *findings, enum relay_place place)
{
	const char *text = findings->seen[place], *advice = "";
	bool found;
	enum relay_mark mark = mark_of(findings, place, &found);

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].place == place && findings->items[i].mark == mark) {
			text = findings->items[i].text;
			advice = findings->items[i].advice;
			break;
		}
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", relay_place_name(place), "title", relay_place_title(place),
			 "result", relay_mark_text(mark), "text", text, "advice", advice);
}

json_t *relay_verdict_json(const struct relay_findings *findings, const char *name, const enum relay_place *places,
			   size_t count)
{
	json_t *checks = json_array(), *faults = json_array(), *notes = json_array();
	char verdict[RELAY_FINDING_TEXT + 700];

	relay_verdict_write(findings, name, verdict, sizeof(verdict));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(checks, place_json(findings, places[i]));
	for (size_t i = 0; i < findings->count; i++) {
		bool fault = kind_of(&findings->items[i]) == RELAY_FINDING_FAILURE ||
			     kind_of(&findings->items[i]) == RELAY_FINDING_WARNING;

		if (findings->items[i].cause == FINDING_NONE)
			json_array_append_new(fault ? faults : notes, finding_json(findings, &findings->items[i], 0));
	}
	return json_pack("{s:i, s:s, s:s, s:i, s:o, s:o, s:o}", "version", 1, "name", name, "verdict", verdict,
			 "exit_code", relay_findings_exit(findings), "checks", checks, "findings", faults, "notes", notes);
}
