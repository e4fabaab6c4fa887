/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting the relay's state into the machine and taking it away. The order keeps the machine closed at every moment:
 * rules before the device on the way up, the device before the rules on the way down; the prefix is advertised last and
 * withdrawn first.
 */
#include "relay/apply/bring_up.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/link.h"
#include "kernel/state.h"
#include "nftables/nftables.h"
#include "relay/apply/active.h"
#include "relay/apply/advertised.h"
#include "relay/apply/unbound_file.h"
#include "relay/cli/command.h"
#include "relay/cli/print.h"
#include "relay/host/runtime.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What was in place before this up, and is left alone when it fails. */
struct snapshot {
	bool table;
	bool device;
};

/* context: a bool, is what stays as it is left out? NULL: it is not. */
static void item_print(void *context, const char *what, enum kernel_item_state state)
{
	const bool *changes_alone = context;

	if (!changes_alone || !*changes_alone || state != KERNEL_ITEM_OK)
		relay_print_item(what, state);
}

static struct snapshot snapshot_read(const struct conf_settings *settings)
{
	struct nftables_counters counters;
	struct kernel_link link;
	struct snapshot before;

	before.table = nftables_counters_read(&counters, CONF_REPORT_DISCARD) == 0;
	before.device = kernel_link_find(settings->translation.tun_device, &link, CONF_REPORT_DISCARD) == 1;
	return before;
}

bool relay_bring_up_is_begun(const struct conf_settings *settings)
{
	struct snapshot now = snapshot_read(settings);

	return now.table || now.device;
}

/* One folder may have several names. */
static bool folder_is(const char *path, const char *other)
{
	struct stat status, others;

	return strncmp(path, other, NFTABLES_OWNER_ROOM - 1) == 0 ||
	       (stat(path, &status) == 0 && stat(other, &others) == 0 && status.st_ino == others.st_ino &&
		status.st_dev == others.st_dev);
}

bool relay_bring_up_is_ours(const struct conf_settings *settings, struct conf_report *report)
{
	char owner[NFTABLES_OWNER_ROOM], active[NFTABLES_OWNER_ROOM + sizeof(RELAY_GENERATION_SETTINGS)];

	if (!nftables_owner_read(owner) || folder_is(settings->node.runtime_dir, owner))
		return true;
	snprintf(active, sizeof(active), "%s/" RELAY_GENERATION_SETTINGS, owner);
	if (access(active, F_OK) == 0)
		conf_report_add(report,
				"another relay, with runtime-dir %s, is up, and a network namespace has room for one: "
				"nat64-relay -c %s down ends it",
				owner, active);
	else
		conf_report_add(report,
				"another relay, with runtime-dir %s, is up, and a network namespace has room for one. Its settings "
				"are not there: end it where they are, as in another container, or, if it is no more, "
				"nft delete table inet " NFTABLES_TABLE,
				owner);
	return false;
}

static int table_apply(const struct conf_settings *settings, bool changes_alone, struct conf_report *report)
{
	int changed = nftables_apply(settings, report);

	if (changed >= 0)
		item_print(&changes_alone, "nftables table inet " NFTABLES_TABLE,
			   changed == 1 ? KERNEL_ITEM_ADDED : KERNEL_ITEM_OK);
	return changed < 0 ? -1 : 0;
}

/* What is done besides rules and kernel state; that what was not there before goes when a part fails; and that what stays is not printed. */
enum { ADVERTISE = 1, ACTIVATE = 2, ROLLBACK = 4, REPAIR = 8, CHANGES_ALONE = 16 };

static void unbound_print(const struct conf_settings *settings, bool changed, bool changes_alone)
{
	char what[512];

	snprintf(what, sizeof(what), "%s/" RELAY_GENERATION_UNBOUND, settings->node.runtime_dir);
	item_print(&changes_alone, what, changed ? KERNEL_ITEM_ADDED : KERNEL_ITEM_OK);
}

/* What the daemons read: a generation to be made, or one that is active already, as reload has made it or as it is to be repaired. */
static int files_apply(const struct conf_settings *settings, unsigned besides, struct relay_generation *generation,
		       struct conf_report *report)
{
	int changed = 0;

	if (besides & ACTIVATE && relay_active_make(settings, generation, report) != 0)
		return -1;
	if (settings->dns.edge_address_count == 0 || !(generation || besides & REPAIR))
		return 0;
	changed = besides & REPAIR ? relay_unbound_file_repair(settings, report) : generation->resolver_differs;
	if (changed >= 0)
		unbound_print(settings, changed, besides & CHANGES_ALONE);
	return changed < 0 || relay_runtime_counters_make(settings, report) < 0 ? -1 : 0;
}

static void place_rollback(const struct conf_settings *settings, const struct snapshot *before, struct conf_report *report)
{
	if (!before->device)
		kernel_state_remove(settings, item_print, NULL, report);
	if (!before->table && nftables_remove(report) == 1)
		relay_print_item("nftables table inet " NFTABLES_TABLE, KERNEL_ITEM_REMOVED);
	if (before->device || before->table)
		puts("Items that were in place before stay; nat64-relay down removes them.");
}

static int put_in_place(const struct conf_settings *settings, unsigned besides, struct relay_generation *generation,
			struct conf_report *report)
{
	struct snapshot before = snapshot_read(settings);
	bool changes_alone = besides & CHANGES_ALONE;

	if (table_apply(settings, changes_alone, report) != 0)
		return RELAY_EXIT_REFUSED;
	if (kernel_state_apply(settings, item_print, &changes_alone, report) == 0 &&
	    relay_runtime_data_make(settings, report) == 0 && files_apply(settings, besides, generation, report) == 0 &&
	    (!(besides & ADVERTISE) || relay_advertised_apply(settings, report) == 0) &&
	    (!(besides & ACTIVATE) || relay_active_commit(settings, generation, report) == 0))
		return RELAY_EXIT_OK;
	if (besides & ROLLBACK)
		place_rollback(settings, &before, report);
	return RELAY_EXIT_FAILED;
}

int relay_bring_up_place(const struct conf_settings *settings, struct conf_report *report)
{
	struct relay_generation generation;

	return put_in_place(settings, ACTIVATE | ROLLBACK, &generation, report);
}

int relay_bring_up_carry_on(const struct conf_settings *settings, struct conf_report *report)
{
	return put_in_place(settings, REPAIR, NULL, report);
}

int relay_bring_up(const struct conf_settings *settings, struct conf_report *report)
{
	struct relay_generation generation;

	return put_in_place(settings, ACTIVATE | ADVERTISE | ROLLBACK, &generation, report);
}

int relay_bring_up_exchange(const struct conf_settings *settings, struct relay_generation *generation,
			    struct conf_report *report)
{
	return put_in_place(settings, ADVERTISE | CHANGES_ALONE, generation, report);
}

int relay_bring_up_return(const struct conf_settings *settings, struct conf_report *report)
{
	return put_in_place(settings, ADVERTISE | CHANGES_ALONE, NULL, report);
}

int relay_tear_down(const struct conf_settings *settings, struct conf_report *report)
{
	int result = kernel_state_remove(settings, item_print, NULL, report);
	int removed = nftables_remove(report);

	if (removed == 1)
		relay_print_item("nftables table inet " NFTABLES_TABLE, KERNEL_ITEM_REMOVED);
	return result == 0 && removed >= 0 ? 0 : -1;
}

/*
 * Would the kernel take our rules? A child process moves into an empty network namespace and applies them there. What
 * it reports comes back through a pipe; namespace, rules and child are gone when it ends.
 */
static _Noreturn void child_rehearse(const struct conf_settings *settings, int out)
{
	struct conf_report report = {0};
	FILE *stream = fdopen(out, "w");

	if (!stream || unshare(CLONE_NEWNET) != 0)
		_exit(0);
	if (nftables_apply(settings, &report) < 0)
		for (size_t i = 0; i < report.count; i++)
			fprintf(stream, "%s\n", report.lines[i]);
	fflush(stream);
	_exit(0);
}

static int lines_read(int in, struct conf_report *report)
{
	FILE *stream = fdopen(in, "r");
	char line[1024];
	int result = 0;

	if (!stream) {
		close(in);
		return 0;
	}
	while (fgets(line, sizeof(line), stream)) {
		line[strcspn(line, "\n")] = '\0';
		result = conf_report_add(report, "nftables: %s", line);
	}
	fclose(stream);
	return result;
}

int relay_dry_run_nftables(const struct conf_settings *settings, struct conf_report *report)
{
	int ends[2], result;
	pid_t child;

	if (pipe(ends) != 0)
		return 0;
	fflush(NULL);
	child = fork();
	if (child == 0)
		child_rehearse(settings, ends[1]);
	close(ends[1]);
	result = lines_read(ends[0], report);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result;
}
