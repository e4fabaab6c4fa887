/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way back of nat64-relay reload. The files that the settings were made of may have changed, all three kinds: relay.conf, the map-file,
 * and own lines for Unbound. So nothing is read from them again: the generation of files before (relay/host/generation.c) becomes active again, and the
 * machine follows. The translator is the last to take new settings, and has the old ones still. The resolver may have ended over what it was to
 * take: its service manager starts it again, by the generation that is active again.
 *
 * A reload that is killed on its way leaves half: rules of the new settings, a translator with the old ones. From its first change to its last the link
 * `previous` is there. Who holds the lock of reload and finds that link goes back: the next reload before it begins, watch and run by a job. A watch that
 * carries on after its own end goes back to the files before it reads them. After a kill on the way back, the next one begins anew: each step can be taken twice.
 *
 * Back, and not forward, for the settings before have worked; what the new ones would still have met is not known. A translator that had
 * taken them is told to read its file again too.
 */
#include "relay/apply/rollback.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/state.h"
#include "nat64/control/control.h"
#include "nftables/nftables.h"
#include "relay/apply/active.h"
#include "relay/apply/bring_up.h"
#include "relay/ask/unbound_reload.h"
#include "relay/cli/command.h"
#include "relay/host/clock.h"
#include "relay/host/runtime.h"
#include "unbound/control.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESOLVER_MS = 20000, STEP_MS = 100 };

int relay_snapshot_save(struct relay_snapshot *snapshot, struct conf_settings *settings, struct conf_report *report)
{
	char *answer;

	*snapshot = (struct relay_snapshot){.settings = settings};
	if (nat64_control_ask(settings->node.runtime_dir, "maps", &snapshot->maps, report) != 0) {
		snapshot->maps = NULL;
		return -1;
	}
	answer = settings->dns.edge_address_count > 0 ? unboundconf_control_ask(settings, "status", report) : strdup("");
	free(answer);
	return answer ? 0 : -1;
}

void relay_snapshot_clear(struct relay_snapshot *snapshot)
{
	conf_settings_free(snapshot->settings);
	json_decref(snapshot->maps);
	*snapshot = (struct relay_snapshot){.settings = NULL};
}

int relay_rollback_begin(const struct conf_settings *settings, const struct relay_generation *generation,
			 struct conf_report *report)
{
	char active[RELAY_GENERATION_ROOM];

	if (!relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, active))
		return conf_report_add(report, "cannot read %s/" RELAY_GENERATION_CURRENT, settings->node.runtime_dir);
	if (relay_generation_commit(settings, RELAY_GENERATION_PREVIOUS, active, report) != 0)
		return -1;
	if (relay_generation_commit(settings, RELAY_GENERATION_CURRENT, generation->name, report) == 0)
		return 0;
	relay_generation_forget(settings);
	return -1;
}

/* Until the resolver has told that it has read its files again, 20 seconds at most; then why it does not. */
static void resolver_return(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	uint64_t end = relay_clock_ms() + RESOLVER_MS;

	relay_runtime_counters_make(settings, report); /* it has a place for each split domain */
	for (;;) {
		bool last = relay_clock_ms() > end;
		int result = relay_unbound_reload(settings, anew, last ? report : CONF_REPORT_DISCARD);

		if (result == 0 || last)
			return;
		poll(NULL, 0, STEP_MS);
	}
}

/* What differs is a line of the report. */
static void item_compare(void *context, const char *what, enum kernel_item_state state)
{
	if (state == KERNEL_ITEM_MISSING)
		conf_report_add(context, "not as before: %s is missing", what);
}

static void translator_compare(const struct relay_snapshot *snapshot, struct conf_report *report)
{
	json_auto_t *now = NULL;

	if (nat64_control_ask(snapshot->settings->node.runtime_dir, "maps", &now, report) != 0)
		conf_report_add(report, "not as before: the translator does not report its settings");
	else if (!json_equal(snapshot->maps, now))
		conf_report_add(report, "not as before: the prefixes, the pool or the maps of the translator");
}

static void all_compare(const struct relay_snapshot *snapshot, struct conf_report *report)
{
	kernel_state_compare(snapshot->settings, item_compare, report, report);
	if (nftables_compare(snapshot->settings, CONF_REPORT_DISCARD) != 0)
		conf_report_add(report, "not as before: the rules of table inet " NFTABLES_TABLE);
	translator_compare(snapshot, report);
}

int relay_rollback(const struct relay_snapshot *snapshot, bool resolver, bool anew, struct conf_report *report)
{
	size_t so_far = report->count;

	relay_rollback_files(snapshot->settings, report);
	relay_bring_up_return(snapshot->settings, report);
	if (resolver && snapshot->settings->dns.edge_address_count > 0)
		resolver_return(snapshot->settings, anew, report);
	all_compare(snapshot, report);
	return report->count == so_far ? 0 : -1;
}

bool relay_rollback_is_due(const struct conf_settings *settings)
{
	char name[RELAY_GENERATION_ROOM];

	return relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_PREVIOUS, name);
}

int relay_rollback_files(const struct conf_settings *settings, struct conf_report *report)
{
	char name[RELAY_GENERATION_ROOM];

	if (relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_PREVIOUS, name))
		return relay_generation_commit(settings, RELAY_GENERATION_CURRENT, name, report);
	return conf_report_add(report, "cannot read %s/" RELAY_GENERATION_PREVIOUS, settings->node.runtime_dir);
}

/* By its file. One that does not run will start by it. */
static int translator_return(const struct conf_settings *settings, struct conf_report *report)
{
	struct conf_report refusal = {0};
	json_t *reply = NULL, *info = NULL;
	int result = nat64_control_ask(settings->node.runtime_dir, "reload", &reply, &refusal);

	if (result != 0 && nat64_control_ask(settings->node.runtime_dir, "info", &info, CONF_REPORT_DISCARD) != 0)
		result = 0;
	for (size_t i = 0; result != 0 && i < refusal.count; i++)
		conf_report_add(report, "%s", refusal.lines[i] ? refusal.lines[i] : "out of memory");
	conf_report_clear(&refusal);
	json_decref(reply);
	json_decref(info);
	return result;
}

/* anew: the resolver may be listening on other addresses. */
static int all_return(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	size_t so_far = report->count;

	if (relay_bring_up_return(settings, report) != RELAY_EXIT_OK)
		return -1;
	if (settings->dns.edge_address_count > 0)
		resolver_return(settings, anew, report);
	return translator_return(settings, report) == 0 && report->count == so_far ? 0 : -1;
}

int relay_rollback_killed(const char *runtime_dir, struct conf_report *report)
{
	struct conf_settings *half = relay_active_read(runtime_dir), *settings = NULL;
	bool due = half && relay_rollback_is_due(half);
	int result = due ? relay_rollback_files(half, report) : 0;

	if (due && result == 0) {
		puts("A reload was killed: restoring the settings from before.");
		settings = relay_active_read(runtime_dir);
		result = settings ? all_return(settings, relay_rollback_edges_differ(half, settings), report) : -1;
	}
	if (due && result == 0) {
		relay_generation_forget(half);
		puts("The former settings are in force again.");
	}
	conf_settings_free(half);
	conf_settings_free(settings);
	return result;
}

bool relay_rollback_edges_differ(const struct conf_settings *old, const struct conf_settings *settings)
{
	bool same = old->dns.edge_address_count == settings->dns.edge_address_count;

	for (size_t i = 0; same && i < settings->dns.edge_address_count; i++)
		same = conf_address_equals(&old->dns.edge_addresses[i], &settings->dns.edge_addresses[i]);
	return !same;
}
