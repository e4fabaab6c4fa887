/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of findings, alone and against nat64-relay(8), and how findings become a verdict. */
#include "relay/cli/command.h"
#include "relay/check/finding.h"
#include "relay/check/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANUAL_ROOM = 1 << 17, NAME_ROOM = 64 };

static const char *const heads[] = {
	[RELAY_FINDING_FAILURE] = "\nFailures:",
	[RELAY_FINDING_WARNING] = "\nWarnings:",
	[RELAY_FINDING_UNKNOWN] = "\nNot seen from here:",
	[RELAY_FINDING_NOTE] = "\nNotes:",
};

/* From the head FINDINGS to the next one; free() it. */
static char *manual_section(void)
{
	const char *top = getenv("srcdir");
	char path[512], *text = calloc(1, MANUAL_ROOM), *begin, *end;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/man/nat64-relay.8", top ? top : ".");
	stream = fopen(path, "re");
	assert_non_null(stream);
	assert_in_range(fread(text, 1, MANUAL_ROOM - 1, stream), 1, MANUAL_ROOM - 2);
	fclose(stream);
	begin = strstr(text, "\n.Sh FINDINGS\n");
	assert_non_null(begin);
	end = strstr(begin + 1, "\n.Sh ");
	assert_non_null(end);
	end[1] = '\0';
	memmove(text, begin, strlen(begin) + 1);
	return text;
}

static void words_are_dashed_and_different(void **state)
{
	(void)state;
	for (size_t i = 1; i < FINDINGS; i++) {
		const char *name = relay_finding_types[i].name;

		assert_non_null(name);
		assert_true(*name != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name));
		assert_true(relay_finding_types[i].title[0] != '\0');
		for (size_t j = 1; j < i; j++)
			assert_string_not_equal(name, relay_finding_types[j].name);
	}
}

/* The section of its kind has the word, and the title behind it. */
static void the_manual_lists_each_finding_under_its_kind(void **state)
{
	char *manual = manual_section(), entry[2 * NAME_ROOM + 200];

	(void)state;
	for (size_t i = 1; i < FINDINGS; i++) {
		const struct relay_finding_type *type = &relay_finding_types[i];
		const char *at, *head = strstr(manual, heads[type->kind]), *next;

		assert_non_null(head);
		next = strstr(head, "\n.El\n");
		snprintf(entry, sizeof(entry), "\n.It Li %s\n%s\n", type->name, type->title);
		at = strstr(head, entry);
		if (!at || at > next)
			fail_msg("nat64-relay(8) lacks, under \"%s\":%s", heads[type->kind] + 1, entry);
	}
	free(manual);
}

static void the_manual_lists_no_other(void **state)
{
	char *manual = manual_section();
	size_t count = 0;

	(void)state;
	for (const char *at = strstr(manual, "\n.It Li "); at; at = strstr(at + 1, "\n.It Li "))
		count++;
	assert_int_equal(count, FINDINGS - 1);
	free(manual);
}

static bool is_behind(enum relay_finding_id id, enum relay_finding_id wanted, unsigned depth)
{
	assert_true(depth < FINDINGS);
	for (size_t i = 0; i < RELAY_FINDING_CAUSES && relay_finding_types[id].causes[i] != FINDING_NONE; i++)
		if (relay_finding_types[id].causes[i] == wanted ||
		    is_behind(relay_finding_types[id].causes[i], wanted, depth + 1))
			return true;
	return false;
}

static void no_finding_is_behind_itself(void **state)
{
	(void)state;
	for (size_t i = 1; i < FINDINGS; i++)
		assert_false(is_behind((enum relay_finding_id)i, (enum relay_finding_id)i, 0));
}

static void nothing_found_is_a_relay_that_works(void **state)
{
	struct relay_findings findings = {0};
	char text[200];

	(void)state;
	relay_findings_settle(&findings);
	relay_verdict_write(&findings, "my-vps.9929", text, sizeof(text));
	assert_string_equal(text, "my-vps.9929: works");
	assert_int_equal(relay_findings_exit(&findings), RELAY_EXIT_OK);
}

static void the_cause_is_the_verdict_and_not_what_follows(void **state)
{
	struct relay_findings findings = {0};
	char text[200];
	json_t *all, *faults;

	(void)state;
	relay_findings_add(&findings, FINDING_NAME_UNANSWERED, PLACE_ANSWER, "my-vps.9929 gets no answer");
	relay_findings_add(&findings, FINDING_NOT_EXAMINED, PLACE_TRAFFIC, "no address to send to");
	relay_findings_add(&findings, FINDING_RESOLVER_SILENT, PLACE_ANSWER, "100.64.0.1 port 53 is silent");
	relay_findings_advise(&findings, "systemctl restart %s", "nat64-relay");
	relay_findings_settle(&findings);
	relay_verdict_write(&findings, "my-vps.9929", text, sizeof(text));
	assert_string_equal(text, "my-vps.9929: does not work: 100.64.0.1 port 53 is silent");
	all = relay_verdict_json(&findings, "my-vps.9929", (const enum relay_place[]){PLACE_ANSWER, PLACE_TRAFFIC}, 2);
	faults = json_object_get(all, "findings");
	assert_int_equal(json_array_size(faults), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(faults, 0), "id")), "resolver-silent");
	assert_string_equal(json_string_value(json_object_get(json_array_get(faults, 0), "advice")),
			    "systemctl restart nat64-relay");
	assert_int_equal(json_array_size(json_object_get(json_array_get(faults, 0), "consequences")), 1);
	assert_int_equal(json_array_size(json_object_get(all, "notes")), 0);
	assert_int_equal(json_integer_value(json_object_get(all, "exit_code")), RELAY_EXIT_FAILED);
	json_decref(all);
	relay_findings_clear(&findings);
}

/* A warning that has come true: it works no more, and the verdict names it. */
static void a_failure_that_follows_from_a_warning(void **state)
{
	struct relay_findings findings = {0};
	char text[200];

	(void)state;
	relay_findings_add(&findings, FINDING_RP_FILTER_MARK, PLACE_MACHINE, "rp_filter drops answers");
	relay_findings_settle(&findings);
	relay_verdict_write(&findings, "my-vps.9929", text, sizeof(text));
	assert_string_equal(text, "my-vps.9929: works");
	relay_findings_add(&findings, FINDING_ANSWER_MISSING, PLACE_TRAFFIC, "none came back");
	relay_findings_settle(&findings);
	assert_int_equal(findings.items[1].cause, FINDING_RP_FILTER_MARK);
	relay_verdict_write(&findings, "my-vps.9929", text, sizeof(text));
	assert_string_equal(text, "my-vps.9929: does not work: rp_filter drops answers");
	assert_int_equal(relay_findings_exit(&findings), RELAY_EXIT_FAILED);
	relay_findings_clear(&findings);
}

static void what_was_not_seen_is_no_fault_and_not_well(void **state)
{
	struct relay_findings findings = {0};
	char text[200];

	(void)state;
	relay_findings_add(&findings, FINDING_NUMERIC_DOMAIN, PLACE_AROUND, "browsers refuse my-vps.9929");
	relay_findings_settle(&findings);
	assert_int_equal(relay_findings_exit(&findings), RELAY_EXIT_OK);
	relay_findings_add(&findings, FINDING_BYPASS_A_POLICY, PLACE_AROUND, "a-policy is real");
	assert_int_equal(relay_findings_exit(&findings), RELAY_EXIT_OK);
	relay_findings_add(&findings, FINDING_ROUTE_UNSEEN, PLACE_REACH, "the approval is not seen");
	assert_int_equal(relay_findings_exit(&findings), RELAY_EXIT_REFUSED);
	relay_verdict_write(&findings, "my-vps.9929", text, sizeof(text));
	assert_string_equal(text, "my-vps.9929: works as far as can be seen from here: the approval is not seen");
	relay_findings_clear(&findings);
}

/* The first cause of the table that is there; none when none is. */
static void the_likeliest_cause_there_is_explains(void **state)
{
	struct relay_findings findings = {0};

	(void)state;
	relay_findings_add(&findings, FINDING_ANSWER_MISSING, PLACE_TRAFFIC, "none came back");
	relay_findings_settle(&findings);
	assert_int_equal(findings.items[0].cause, FINDING_NONE);
	relay_findings_add(&findings, FINDING_MASQUERADE_MISSING, PLACE_MACHINE, "gone");
	relay_findings_add(&findings, FINDING_GRANT_TARGETS_MISSING, PLACE_POLICY, "no grant");
	relay_findings_settle(&findings);
	assert_int_equal(findings.items[0].cause, FINDING_GRANT_TARGETS_MISSING);
	assert_int_equal(findings.items[1].cause, FINDING_NONE);
	relay_findings_clear(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_dashed_and_different),
		cmocka_unit_test(the_manual_lists_each_finding_under_its_kind),
		cmocka_unit_test(the_manual_lists_no_other),
		cmocka_unit_test(no_finding_is_behind_itself),
		cmocka_unit_test(nothing_found_is_a_relay_that_works),
		cmocka_unit_test(the_cause_is_the_verdict_and_not_what_follows),
		cmocka_unit_test(a_failure_that_follows_from_a_warning),
		cmocka_unit_test(what_was_not_seen_is_no_fault_and_not_well),
		cmocka_unit_test(the_likeliest_cause_there_is_explains),
	};
	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
