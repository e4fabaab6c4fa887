/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay diff: what reload would change, before it does. The file as it is now stands against the copy of the settings that are in
 * force (relay/apply/active.c), line by line, and what up would make of each of them; besides, what somebody has taken away meanwhile,
 * and the clients whose addresses the new pool does not have. Changes nothing.
 */
#include "relay/apply/active.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/show/rendered.h"
#include "relay/cli/options.h"
#include "relay/cli/print.h"

#include "conf/named.h"
#include "conf/settings.h"
#include "kernel/state.h"
#include "nat64/control/control.h"
#include "nftables/nftables.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *id, *heading;
} topics[RELAY_TOPICS] = {
	[RELAY_RELAY] = {"relay", "names and prefixes"},
	[RELAY_DNS] = {"dns", "DNS"},
	[RELAY_TRANSLATION] = {"translation", "translation"},
	[RELAY_NODE] = {"node", "this node"},
	[RELAY_MAPS] = {"maps", "maps"},
	[RELAY_KERNEL] = {"kernel", "device, routes, policy rules, sysctls"},
	[RELAY_RULES] = {"rules", "rules of table inet " NFTABLES_TABLE},
	[RELAY_ROUTES] = {"advertised", "advertised routes"},
};

/* What is told while the differences come. */
struct diff {
	const struct conf_settings *old, *new;
	json_t *list;        /* NULL: print lines */
	const char *heading; /* of the last line */
	size_t count;
	bool full; /* every line of the generated unbound.conf */
};

/* More lines of the generated unbound.conf than these are a consequence of a directive above them, and told as one. */
enum { GENERATED_SHOWN = 6 };

/* A change that is no line of both settings: mark '+' or '-'. */
static void change_print(struct diff *diff, const char *id, const char *heading, char mark, const char *text,
			 const char *new)
{
	const char sign[2] = {mark, '\0'};

	diff->count++;
	if (diff->list) {
		json_array_append_new(diff->list, json_pack("{s:s, s:s, s:s, s:s?, s:s}", "topic", id, "change", sign,
							    "text", text, "new", new, "heading", heading));
		return;
	}
	if (!diff->heading || strcmp(diff->heading, heading) != 0)
		relay_print_heading("%s", heading);
	diff->heading = heading;
	if (new)
		relay_print_change(mark, "%s -> %s", text, new);
	else
		relay_print_change(mark, "%s", text);
}

static bool is_generated(const struct relay_difference *found)
{
	const char *text = found->new ? found->new : found->old;

	return strncmp(text, RELAY_RENDERED_GENERATED, strlen(RELAY_RENDERED_GENERATED)) == 0;
}

/* Many lines of the generated unbound.conf begin here, for they stand together: print that. Returns how many; 0: there are few, or each is wanted. */
static size_t generated_print(struct diff *diff, const struct relay_difference *found, size_t count)
{
	size_t come = 0, all = 0;
	char text[160];

	for (; !diff->full && !diff->list && all < count && is_generated(&found[all]); all++)
		come += found[all].new != NULL;
	if (all <= GENERATED_SHOWN)
		return 0;
	snprintf(text, sizeof(text),
		 "the generated unbound.conf: %zu lines added, %zu removed; nat64-relay diff --full prints them", come,
		 all - come);
	change_print(diff, topics[RELAY_DNS].id, topics[RELAY_DNS].heading, '~', text, NULL);
	return all;
}

static void difference_print(struct diff *diff, const struct relay_difference *found)
{
	const char *old = found->old, *new = found->new;
	bool named = found->topic == RELAY_RULES; /* the expressions of a rule say nothing to people */
	const char *value = NULL;

	if (old && new && !named) { /* "10.0.0.0/24" of "dynamic-pool 10.0.0.0/24" */
		value = new + strlen(found->name);
		value += strspn(value, " ");
	}
	change_print(diff, topics[found->topic].id, topics[found->topic].heading,
		     !old ? '+' :
		     !new ? '-' :
			    '~',
		     named ? found->name :
		     old   ? old :
			     new,
		     value);
}

/* A client whose address is in no pool any more. */
static void lease_compare(void *context, const json_t *client)
{
	struct diff *diff = context;
	const char *v4 = json_string_value(json_object_get(client, "ipv4")),
		   *v6 = json_string_value(json_object_get(client, "ipv6"));
	struct in_addr address;
	char text[128];

	if (!v4 || !v6 || inet_pton(AF_INET, v4, &address) != 1 ||
	    (diff->new->translation.has_dynamic_pool &&conf_prefix4_contains(&diff->new->translation.dynamic_pool, address)))
		return;
	snprintf(text, sizeof(text), "%s of %s", v4, v6);
	change_print(diff, "leases", "clients that lose their address, and their connections", '-', text, NULL);
}

static void item_compare(void *context, const char *what, enum kernel_item_state state)
{
	if (state == KERNEL_ITEM_MISSING)
		change_print(context, "missing", "items that other programs changed, and reload restores", '+', what, NULL);
}

/* What is not as it was put in place. */
static void drift_compare(struct diff *diff)
{
	kernel_state_compare(diff->old, item_compare, diff, CONF_REPORT_DISCARD);
	if (nftables_compare(diff->old, CONF_REPORT_DISCARD) != 0)
		item_compare(diff, "rules of table inet " NFTABLES_TABLE, KERNEL_ITEM_MISSING);
}

static int rendered_compare(struct diff *diff, struct conf_report *report)
{
	char *old = relay_rendered_make(diff->old, true, report),
	     *new = old ? relay_rendered_make(diff->new, false, report) : NULL;
	size_t count = 0;
	int result;
	struct relay_difference *found = new ? relay_rendered_compare(old, new, &count) : NULL;

	if (new && !found)
		conf_report_add(report, "out of memory");
	for (size_t i = 0, summed; i<count; i += summed> 0 ? summed : 1) {
		summed = generated_print(diff, &found[i], count - i);
		if (summed == 0)
			difference_print(diff, &found[i]);
	}
	result = found ? 0 : -1;
	free(found);
	free(old);
	free(new);
	return result;
}

static void end_print(const struct diff *diff, const struct conf_report *restart)
{
	if (diff->count == 0)
		puts("no difference: the file is in force");
	else if (restart->count == 0)
		puts("nat64-relay reload makes these changes.");
	for (size_t i = 0; i < restart->count; i++)
		printf("%s\n", restart->lines[i]);
}

static void end_dump(const struct diff *diff, const struct conf_report *restart)
{
	json_t *refusals = json_array(), *all;

	for (size_t i = 0; i < restart->count; i++)
		json_array_append_new(refusals, json_string(restart->lines[i]));
	all = json_pack("{s:i, s:s, s:b, s:O, s:o}", "version", 1, "file", diff->new->file, "reload",
			restart->count == 0, "changes", diff->list, "restart", refusals);
	relay_print_json(all);
	json_decref(all);
}

/* The exit code: as diff(1)'s. */
static int diff_print(struct diff *diff, struct conf_report *report)
{
	struct conf_report restart = {0};
	int result = rendered_compare(diff, report);

	if (result == 0) {
		nat64_control_walk_clients(diff->old->node.runtime_dir, lease_compare, diff, CONF_REPORT_DISCARD);
		drift_compare(diff);
		relay_reload_check(diff->old, diff->new, &restart);
		if (diff->list)
			end_dump(diff, &restart);
		else
			end_print(diff, &restart);
	}
	conf_report_clear(&restart);
	return result != 0 ? RELAY_EXIT_REFUSED : diff->count > 0 ? RELAY_EXIT_FAILED : RELAY_EXIT_OK;
}

static int diff_run(struct relay_session *session, bool json, bool full)
{
	const struct conf_settings *settings = session->settings;
	struct conf_report *report = &session->report;
	struct diff diff = {.new = settings, .full = full};
	struct conf_settings *old = NULL;
	int exit_code = RELAY_EXIT_REFUSED;

	if (geteuid() != 0)
		conf_report_add(report, "this needs root: sudo nat64-relay diff");
	else if (!conf_named_is_pipe(settings->file, report) && !(old = relay_active_read(settings->node.runtime_dir)))
		conf_report_add(report, "no relay is up with runtime-dir %s: nat64-relay up, or run, starts one",
				settings->node.runtime_dir);
	if (old) {
		diff.old = old;
		diff.list = json ? json_array() : NULL;
		exit_code = diff_print(&diff, report);
		json_decref(diff.list);
		conf_settings_free(old);
	}
	return exit_code;
}

int relay_diff(const struct relay_command *command, const char *config, int argc, char **argv)
{
	bool json = false, full = false;
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		RELAY_OPTION_JSON(&json),
		{0, "full", NULL, "print every line added to or removed from the generated unbound.conf", .flag = &full},
	};
	struct relay_session session;
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (relay_session_open(&session, config) != 0)
		return RELAY_EXIT_REFUSED;
	return relay_session_close(&session, diff_run(&session, json, full));
}
