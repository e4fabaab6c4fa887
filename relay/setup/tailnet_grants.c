/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which grants are missing, as lines; and these lines put into the policy's text, where its author's comments stay. */
#include "relay/setup/tailnet_grants.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "relay/check/judge_tailnet.h"
#include "relay/setup/tailnet_policy.h"
#include "tailscale/hujson.h"
#include "tailscale/netmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_ROOM = 1000, TEXT_ROOM = RELAY_GRANTS * (LINE_ROOM + 8), NAME_ROOM = 200, ROUNDS = 4 };

/* The policy, parsed. 0, or -1 with why not. */
static int policy_load(struct relay_tailnet *tailnet, struct tailscale_policy *policy, json_t **value,
		       struct conf_report *report)
{
	json_error_t error = {.line = 0};

	*value = NULL;
	if (tailnet->control.plane->policy_read(&tailnet->control, policy, report) != 0)
		return -1;
	*value = tailscale_hujson_load(policy->text, &error);
	if (json_is_object(*value))
		return 0;
	conf_report_add(report, "%s: the policy cannot be read as HuJSON, line %d", tailnet->control.base, error.line);
	json_decref(*value);
	tailscale_policy_clear(policy);
	return -1;
}

/* A grant as a line of the policy's text. Its length. */
static size_t line_print(char *text, size_t size, const char *grant)
{
	return (size_t)snprintf(text, size, "\t\t%s,\n", grant);
}

/* The lines of the grants that are missing, for the policy's text, and on record; those whose tags have no owner are left out. Returns how many. */
static size_t missing_print(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, const json_t *policy,
			    char text[TEXT_ROOM])
{
	enum relay_granted granted[RELAY_GRANTS];
	char relay[NAME_ROOM], line[LINE_ROOM];
	size_t length = 0, count = 0;

	text[0] = '\0';
	relay_judge_relay_name(netmap, relay, sizeof(relay));
	relay_policy_judge(policy, tailnet->settings, netmap, granted);
	for (enum relay_grant grant = 0; grant < RELAY_GRANTS; grant++) {
		if (granted[grant] != RELAY_GRANTED_NOT || !relay_policy_knows_tags(policy, grant, relay))
			continue;
		relay_grant_print(grant, tailnet->settings, relay, line, sizeof(line));
		length += line_print(text + length, TEXT_ROOM - length, line);
		relay_record_policy(&tailnet->record, line);
		count++;
	}
	return count;
}

static void judged_plan(const struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap,
			const json_t *policy, bool write, struct relay_tailnet_plan *plan)
{
	enum relay_granted granted[RELAY_GRANTS];
	json_t *missing = NULL, *unclear = NULL;
	char relay[NAME_ROOM], line[LINE_ROOM + 1];

	relay_judge_relay_name(netmap, relay, sizeof(relay));
	relay_policy_judge(policy, tailnet->settings, netmap, granted);
	for (enum relay_grant grant = 0; grant < RELAY_GRANTS; grant++) {
		relay_grant_print(grant, tailnet->settings, relay, line, LINE_ROOM);
		if (granted[grant] == RELAY_GRANTED)
			continue;
		if (granted[grant] == RELAY_GRANTED_NOT && write && relay_policy_knows_tags(policy, grant, relay)) {
			relay_tailnet_plan_change(plan, "policy", "+", line);
			continue;
		}
		strcat(line, ",");
		if (granted[grant] == RELAY_GRANTED_NOT && !missing)
			missing = relay_tailnet_plan_step(
				plan, "policy",
				"The policy lacks these lines in \"grants\" (replace tag:target by your targets, and "
				"autogroup:member by your clients):",
				false);
		else if (granted[grant] == RELAY_GRANTED_UNCLEAR && !unclear)
			unclear = relay_tailnet_plan_step(
				plan, "policy",
				"The policy has these for groups, users, sets or postures, or for a part of the prefix; "
				"nat64-relay check sees the result:",
				true);
		json_array_append_new(granted[grant] == RELAY_GRANTED_NOT ? missing : unclear, json_string(line));
	}
	if (granted[RELAY_GRANT_PREFIX] == RELAY_GRANTED_NOT)
		relay_tailnet_plan_step(
			plan, "policy",
			"A client that may reach the prefix can reach everything that this relay can reach in the "
			"tailnet. nat64-relay tailnet plan --for HOST prints a grant for a part of the prefix.",
			true);
}

void relay_tailnet_grants_plan(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, bool write,
			       struct relay_tailnet_plan *plan)
{
	struct conf_report failure = {0};
	struct tailscale_policy policy;
	json_t *value;

	if (!netmap) {
		relay_tailnet_plan_step(
			plan, "policy",
			"tailscaled does not tell its network map: it is not known whether the policy lacks a grant.",
			true);
		return;
	}
	if (policy_load(tailnet, &policy, &value, &failure) == 0) {
		judged_plan(tailnet, netmap, value, write && tailnet->control.plane->policy_write, plan);
		json_decref(value);
		tailscale_policy_clear(&policy);
	} else {
		json_t *lines = relay_tailnet_plan_step(plan, "policy",
							"The policy could not be read, and may lack a grant:", true);

		for (size_t i = 0; i < failure.count; i++)
			json_array_append_new(lines, json_string(failure.lines[i]));
	}
	conf_report_clear(&failure);
}

/* One round: the policy is read, edited by one of these, and written. 1 written, or perhaps; 0 nothing to write; -1. */
typedef char *policy_edit(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, const char *text,
			  const json_t *policy, struct conf_report *report);

static char *grants_append(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, const char *text,
			   const json_t *policy, struct conf_report *report)
{
	char lines[TEXT_ROOM], *edited;

	if (missing_print(tailnet, netmap, policy, lines) == 0)
		return strdup(text);
	edited = tailscale_hujson_append(text, "grants", lines);
	if (!edited) {
		conf_report_add(report, "%s: the policy's \"grants\" are not a list: the policy is not changed",
				tailnet->control.base);
		return NULL;
	}
	if (relay_record_write(&tailnet->record, report) == 0)
		return edited;
	free(edited);
	return NULL;
}

static char *grants_cut(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, const char *text,
			const json_t *policy, struct conf_report *report)
{
	char *rest = strdup(text);
	const json_t *grant;
	size_t i;

	(void)netmap, (void)policy;
	json_array_foreach(relay_record_policy_lines(&tailnet->record), i, grant) {
		char *edited = rest ? tailscale_hujson_cut(rest, json_string_value(grant)) : NULL;

		if (rest && !edited)
			conf_report_add(report,
					"%s: a grant that apply added to the policy is in it more than once, or has no line of "
					"its own: remove it by hand: %s",
					tailnet->control.base, json_string_value(grant));
		free(rest);
		rest = edited;
	}
	return rest;
}

static int policy_round(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, policy_edit *edit,
			struct conf_report *failure, struct conf_report *report)
{
	struct tailscale_policy policy, edited = {0};
	enum tailscale_outcome outcome;
	json_t *value, *noted_before;
	int result;

	if (policy_load(tailnet, &policy, &value, report) != 0)
		return -1;
	noted_before = json_deep_copy(tailnet->record.object);
	edited = (struct tailscale_policy){.text = edit(tailnet, netmap, policy.text, value, report), .etag = policy.etag};
	result = edited.text && strcmp(edited.text, policy.text) == 0 ? 0 : -1;
	if (edited.text && result != 0) {
		outcome = tailnet->control.plane->policy_write(&tailnet->control, &edited, failure);
		result = outcome == TAILSCALE_FAILED ? -1 : 1;
		if (outcome == TAILSCALE_FAILED || outcome == TAILSCALE_REFUSED)
			relay_record_restore(&tailnet->record, noted_before, report);
	}
	json_decref(noted_before);
	free(edited.text);
	json_decref(value);
	tailscale_policy_clear(&policy);
	return result;
}

static int policy_change(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap, policy_edit *edit,
			 struct conf_report *report)
{
	struct conf_report failure = {0};
	int result = 1;

	for (unsigned round = 0; round < ROUNDS; round++) {
		conf_report_clear(&failure);
		result = policy_round(tailnet, netmap, edit, &failure, report);
		if (result <= 0)
			break;
		if (failure.count > 0)
			tailscale_http_pause(round, tailnet->control.retry_after);
	}
	for (size_t i = 0; i < failure.count && result != 0; i++)
		conf_report_add(report, "%s", failure.lines[i]);
	if (result > 0 && failure.count == 0)
		conf_report_add(report, "another program keeps changing the policy: stop it, and run this again");
	conf_report_clear(&failure);
	return result == 0 ? 0 : -1;
}

int relay_tailnet_grants_write(struct relay_tailnet *tailnet, const struct tailscale_netmap *netmap,
			       struct conf_report *report)
{
	return policy_change(tailnet, netmap, grants_append, report);
}

int relay_tailnet_grants_remove(struct relay_tailnet *tailnet, struct conf_report *report)
{
	if (json_array_size(relay_record_policy_lines(&tailnet->record)) == 0)
		return 0;
	if (policy_change(tailnet, NULL, grants_cut, report) != 0)
		return -1;
	relay_record_forget_policy(&tailnet->record);
	return relay_record_write(&tailnet->record, report) == 0 ? 1 : -1;
}
