// SPDX-License-Identifier: GPL-2.0-or-later
// The way back of nat64-relay reload. The files that the settings were made of may have changed, all three kinds: relay.conf, the map-file,
// and own lines for Unbound. So nothing is read from them again: the copies in the runtime folder (relay/apply/applied.c) and
// unbound.conf, which has the own lines in it, are put back octet by octet. The translator is the last to take new settings, and has the
// old ones still.
//
// The resolver may have ended over what it was to take: whoever started it starts it again, by the files that were put back.
#include "relay/apply/before.h"

#include "conf/file.h"
#include "conf/reader.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/state.h"
#include "nat64/control/control.h"
#include "nftables/nftables.h"
#include "relay/apply/applied.h"
#include "relay/host/clock.h"
#include "relay/cli/command.h"
#include "relay/host/runtime.h"
#include "relay/ask/unbound_control.h"
#include "relay/apply/work.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESOLVER_MS = 20000, STEP_MS = 100 };

const char *const relay_before_names[RELAY_BEFORE_FILES] = {"relay.conf", RELAY_APPLIED_MAPS, "unbound.conf"};

int relay_before_file_take(const struct conf_settings *settings, struct relay_before_file *file, const char *added, struct conf_report *report)
{
	char name[64];
	FILE *stream;
	size_t room = 0;
	ssize_t count;

	snprintf(name, sizeof(name), "%s%s", file->name, added);
	stream = relay_runtime_memory_open(settings, name);
	if (stream == NULL) {
		if (errno == ENOENT)
			return 0;
		conf_report_add(report, "%s/%s cannot be read: %s", settings->node.runtime_dir, name, strerror(errno));
		return -1;
	}
	count = fstat(fileno(stream), &file->status) == 0 ? getdelim(&file->text, &room, EOF, stream) : -1; /* no octet is EOF: to the end */
	file->length = count > 0 ? (size_t)count : 0;
	if (count < 0 && feof(stream) && !ferror(stream)) /* empty */
		count = 0;
	if (count < 0)
		conf_report_add(report, "%s/%s cannot be read", settings->node.runtime_dir, name);
	fclose(stream);
	return count < 0 ? -1 : 0;
}

static int resolver_look(const struct conf_settings *settings, struct conf_report *report)
{
	char *answer = settings->dns.edge_address_count > 0 ? relay_unbound_control_ask(settings, "status", report) : strdup("");
	int result = answer != NULL ? 0 : -1;

	free(answer);
	return result;
}

int relay_before_take(struct relay_before *before, struct conf_settings *settings, struct conf_report *report)
{
	*before = (struct relay_before){.settings = settings};
	for (size_t i = 0; i < RELAY_BEFORE_FILES; i++) {
		before->files[i].name = relay_before_names[i];
		if (relay_before_file_take(settings, &before->files[i], "", report) != 0)
			return -1;
	}
	if (nat64_control_ask(settings->node.runtime_dir, "maps", &before->maps, report) == 0)
		return resolver_look(settings, report);
	before->maps = NULL;
	return -1;
}

int relay_before_file_put(const struct conf_settings *settings, const struct relay_before_file *file, const char *added,
			  struct conf_report *report)
{
	char *path;
	int result = 0;

	if (asprintf(&path, "%s/%s%s", settings->node.runtime_dir, file->name, added) < 0)
		return -1;
	if (!conf_file_is(path, file->text, file->length)) {
		result = conf_file_put(path, file->text, file->length, file->status.st_mode & 07777, NULL, report);
		if (result == 0 && lchown(path, file->status.st_uid, file->status.st_gid) != 0) {
			conf_report_add(report, "cannot give %s to its owner: %s", path, strerror(errno));
			result = -1;
		}
	}
	free(path);
	return result;
}

void relay_before_resolver_return(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	uint64_t end = relay_clock_ms() + RESOLVER_MS;

	relay_runtime_counters_make(settings, report); /* it has a place for each split domain */
	for (;;) {
		struct conf_report quiet = {0};
		bool last = relay_clock_ms() > end;
		int result = relay_unbound_control_reload(settings, anew, last ? report : &quiet);

		conf_report_clear(&quiet);
		if (result == 0 || last)
			return;
		poll(NULL, 0, STEP_MS);
	}
}

/* What differs is a line of the report. */
static void file_compare(const struct conf_settings *settings, const struct relay_before_file *file, struct conf_report *report)
{
	char *path = relay_runtime_path(settings, file->name);

	if (path == NULL || (file->text != NULL && !conf_file_is(path, file->text, file->length)))
		conf_report_add(report, "not as before: %s/%s", settings->node.runtime_dir, file->name);
	free(path);
}

static void item_compare(void *context, const char *what, enum kernel_item_state state)
{
	if (state == KERNEL_ITEM_MISSING)
		conf_report_add(context, "not as before: %s is missing", what);
}

static void translator_compare(const struct relay_before *before, struct conf_report *report)
{
	json_t *now = NULL;

	if (nat64_control_ask(before->settings->node.runtime_dir, "maps", &now, report) != 0)
		conf_report_add(report, "not as before: the translator does not say what it translates by");
	else if (!json_equal(before->maps, now))
		conf_report_add(report, "not as before: the prefixes, the pool or the maps of the translator");
	json_decref(now);
}

static void all_compare(const struct relay_before *before, struct conf_report *report)
{
	struct conf_report differences = {0};

	for (size_t i = 0; i < RELAY_BEFORE_FILES; i++)
		file_compare(before->settings, &before->files[i], report);
	kernel_state_compare(before->settings, item_compare, report, report);
	if (nftables_compare(before->settings, &differences) != 0)
		conf_report_add(report, "not as before: the rules of table inet " NFTABLES_TABLE);
	conf_report_clear(&differences);
	translator_compare(before, report);
}

int relay_before_put_back(const struct relay_before *before, bool resolver, bool anew, struct conf_report *report)
{
	size_t so_far = report->count;

	for (size_t i = 0; i < RELAY_BEFORE_FILES; i++)
		if (before->files[i].text != NULL)
			relay_before_file_put(before->settings, &before->files[i], "", report);
	relay_work_return(before->settings, report);
	if (resolver && before->settings->dns.edge_address_count > 0)
		relay_before_resolver_return(before->settings, anew, report);
	all_compare(before, report);
	return report->count == so_far ? 0 : -1;
}

void relay_before_clear(struct relay_before *before)
{
	conf_settings_free(before->settings);
	json_decref(before->maps);
	for (size_t i = 0; i < RELAY_BEFORE_FILES; i++)
		free(before->files[i].text);
	*before = (struct relay_before){.settings = NULL};
}
