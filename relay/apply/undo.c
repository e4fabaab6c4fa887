// SPDX-License-Identifier: GPL-2.0-or-later
// A reload that is killed on its way leaves half: rules of the new settings, a translator with the old ones. So before it changes
// anything it keeps the files that were in force under other names in the runtime folder, maps.before, unbound.conf.before and, last,
// relay.conf.before, which is the mark; in the end, good or bad, it removes them, the mark first. Who holds the lock of reload and finds the
// mark undoes what was begun: the next reload before it begins, watch and run by an errand. A watch that carries on after its own end
// puts the files back before it reads them. Whoever is killed at that begins anew: each step can be taken twice.
//
// Back, and not forward, for the settings before have worked; what the new ones would still have met is not known. A translator that had
// taken them is told to read its file again too.
#include "relay/apply/undo.h"

#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "relay/apply/applied.h"
#include "relay/apply/before.h"
#include "relay/cli/command.h"
#include "relay/reload.h"
#include "relay/host/runtime.h"
#include "relay/ask/unbound_control.h"
#include "relay/apply/work.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MARK "relay.conf" RELAY_BEFORE_NAME

static void kept_remove(const struct conf_settings *settings, const char *name)
{
	char *path, *kept;

	if (asprintf(&kept, "%s" RELAY_BEFORE_NAME, name) < 0)
		return;
	path = relay_runtime_path(settings, kept);
	if (path != NULL)
		unlink(path);
	free(path);
	free(kept);
}

int relay_undo_keep(const struct relay_before *before, struct conf_report *report)
{
	for (size_t i = RELAY_BEFORE_FILES; i-- > 0;) {
		if (before->files[i].text == NULL)
			kept_remove(before->settings, before->files[i].name);
		else if (relay_before_file_put(before->settings, &before->files[i], RELAY_BEFORE_NAME, report) != 0)
			return -1;
	}
	return 0;
}

void relay_undo_forget(const struct conf_settings *settings)
{
	for (size_t i = 0; i < RELAY_BEFORE_FILES; i++)
		kept_remove(settings, relay_before_names[i]);
}

bool relay_undo_is_due(const struct conf_settings *settings)
{
	FILE *mark = relay_runtime_memory_open(settings, MARK);

	if (mark != NULL)
		fclose(mark);
	return mark != NULL;
}

int relay_undo_files(const struct conf_settings *settings, struct conf_report *report)
{
	int result = 0;

	for (size_t i = RELAY_BEFORE_FILES; i-- > 0;) {
		struct relay_before_file file = {.name = relay_before_names[i]};

		if (relay_before_file_take(settings, &file, RELAY_BEFORE_NAME, report) != 0 ||
		    (file.text != NULL && relay_before_file_put(settings, &file, "", report) != 0))
			result = -1;
		free(file.text);
	}
	return result;
}

/* By its file. One that does not run will start by it. */
static int translator_return(const struct conf_settings *settings, struct conf_report *report)
{
	struct conf_report refusal = {0}, quiet = {0};
	json_t *reply = NULL, *info = NULL;
	int result = nat64_control_ask(settings->node.runtime_dir, "reload", &reply, &refusal);

	if (result != 0 && nat64_control_ask(settings->node.runtime_dir, "info", &info, &quiet) != 0)
		result = 0;
	for (size_t i = 0; result != 0 && i < refusal.count; i++)
		conf_report_add(report, "%s", refusal.lines[i] != NULL ? refusal.lines[i] : "out of memory");
	conf_report_clear(&refusal);
	conf_report_clear(&quiet);
	json_decref(reply);
	json_decref(info);
	return result;
}

/* anew: the resolver may be listening on other addresses. */
static int all_return(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	size_t so_far = report->count;

	if (relay_work_return(settings, report) != RELAY_EXIT_OK)
		return -1;
	if (settings->dns.edge_address_count > 0)
		relay_before_resolver_return(settings, anew, report);
	return translator_return(settings, report) == 0 && report->count == so_far ? 0 : -1;
}

int relay_undo(const char *runtime_dir, struct conf_report *report)
{
	struct conf_settings *half = relay_applied_read(runtime_dir), *settings = NULL;
	bool due = half != NULL && relay_undo_is_due(half);
	int result = due ? relay_undo_files(half, report) : 0;

	if (due && result == 0) {
		puts("A reload was killed on its way: going back to the settings before it.");
		settings = relay_applied_read(runtime_dir);
		result = settings != NULL ? all_return(settings, relay_reload_edges_differ(half, settings), report) : -1;
	}
	if (due && result == 0) {
		relay_undo_forget(half);
		puts("The settings before are in force again.");
	}
	conf_settings_free(half);
	conf_settings_free(settings);
	return result;
}
