/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reconciliation: rules, kernel state and files are compared with the settings, and restored by the code of up. An item
 * that other programs remove again and again is restored ever more rarely (relay/watch/backoff.c), except for the guard. A repair is one line in
 * the log, the beginning of a conflict another, and its course none. Items that disappear with the device share its line.
 * An obstacle is logged once, until it changes.
 *
 * The guard, our table, is put back at once, however often somebody takes it away: no back-off holds it back. A comparison that comes to no end, because the
 * rules change all the time, counts as a table that is missing. Meanwhile the second table guards (nftables/hold.c).
 *
 * The relay is closed where the guard cannot be in place: our table cannot be put back; or it is taken away again and again, and there is no second table to
 * stand in (before Linux 5.12, or its name is taken). Closed means: the device is down, and the health (relay/watch/watch_health.c) withdraws the routes. It opens
 * again with the first pass that finds the guard in place; after a conflict without a second table, when there was peace for a minute.
 *
 * What was put back is counted and logged; what is taken away again and again is a conflict.
 */
#include "relay/watch/reconcile.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/items.h"
#include "kernel/link.h"
#include "kernel/state.h"
#include "conf/log.h"
#include "nftables/nftables.h"
#include "relay/host/machine.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/apply/unbound_file.h"
#include "relay/watch/backoff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <syslog.h>

#define TABLE_TEXT "nftables table inet " NFTABLES_TABLE
#define TRIES      3 /* of putting it back in one look: a transaction that meets another one may be refused */

enum { RECENT_MS = 500 };

const char *relay_repair_kind_text(enum relay_repair_kind kind)
{
	static const char *const texts[] = {"device", "address", "route", "rule",
					    "sysctl", "table",   "file",  "advertised"};

	return texts[kind];
}

void relay_repair_suspect(struct relay_repair *repair, pid_t pid, const char *name, uint64_t now)
{
	char found[32];

	if (pid > 0 && *name == '\0')
		name = relay_machine_process_name(pid, found, sizeof(found));
	if (pid <= 0 || strcmp(name, "a process") == 0) /* it has ended since */
		return;
	snprintf(repair->by, sizeof(repair->by), "%s", name);
	repair->by_pid = pid;
	repair->by_time = now;
}

/* For the journal: what was taken away, whether it is put back, and by whom it was gone. */
static struct conf_log_fields fields_of(const struct relay_repair *repair, enum relay_repair_kind kind,
					const char *what, const char *repaired, bool known)
{
	struct conf_log_fields fields = {.count = 0};

	conf_log_field(&fields, "NAT64_KIND=%s", relay_repair_kind_text(kind));
	conf_log_field(&fields, "NAT64_ITEM=%s", what);
	conf_log_field(&fields, "NAT64_REPAIRED=%s", repaired);
	if (known) {
		conf_log_field(&fields, "NAT64_BY=%s", repair->by);
		conf_log_field(&fields, "NAT64_BY_PID=%d", (int)repair->by_pid);
	}
	return fields;
}

/* " (pid 4711)" behind a name. */
static const char *pid_print(const struct relay_repair *repair, bool known, char text[24])
{
	text[0] = '\0';
	if (known)
		snprintf(text, 24, " (pid %d)", (int)repair->by_pid);
	return text;
}

static void conflict_print(const struct relay_repair *repair, enum relay_repair_kind kind, const char *what)
{
	bool known = *repair->by != '\0';
	struct conf_log_fields fields = fields_of(repair, kind, what, kind == RELAY_REPAIR_TABLE ? "yes" : "later", known);
	char managers[160], pid[24], often[64];

	relay_machine_managers(managers, sizeof(managers));
	if (kind == RELAY_REPAIR_TABLE)
		snprintf(often, sizeof(often), "at once each time");
	else
		snprintf(often, sizeof(often), "less and less often, finally every %d minutes",
			 RELAY_BACKOFF_MAX_MS / 60000);
	relay_print_event(LOG_WARNING, "CONFLICT", &fields,
			  "another program keeps removing: %s. It is restored %s. Last seen: %s%s%s%s", what, often,
			  known ? repair->by : "nobody by name", pid_print(repair, known, pid),
			  *managers != '\0' ? "; running here: " : "", managers);
}

void relay_repair_log(struct relay_repair *repair, enum relay_repair_kind kind, const char *what, const char *how,
		      uint64_t now)
{
	unsigned times = relay_backoff_note(&repair->backoff, what, now);
	bool known = *repair->by != '\0' && now - repair->by_time < RECENT_MS;
	struct conf_log_fields fields = fields_of(repair, kind, what, "yes", known);
	char pid[24];

	repair->counts[kind]++;
	if (times == RELAY_BACKOFF_FREE + 1)
		conflict_print(repair, kind, what);
	else if (times <= RELAY_BACKOFF_FREE)
		relay_print_event(LOG_NOTICE, "REPAIR", &fields, "put back: %s (%s%s%s%s)", what, how,
				  known ? ", by " : "", known ? repair->by : "", pid_print(repair, known, pid));
}

/* One look in progress. */
struct reconcile {
	struct relay_repair *repair;
	uint64_t now;
	char leader[KERNEL_SYSCTL_NAME + 160]; /* the device, or that it is up: what was lost with it follows */
	unsigned followers;
};

static enum relay_repair_kind kind_of(const struct kernel_item *item)
{
	switch (item->kind) {
	case KERNEL_ADDRESS:
		return RELAY_REPAIR_ADDRESS;
	case KERNEL_ROUTE:
		return RELAY_REPAIR_ROUTE;
	case KERNEL_RULE:
		return RELAY_REPAIR_RULE;
	case KERNEL_SYSCTL:
		return RELAY_REPAIR_SYSCTL;
	default:
		return RELAY_REPAIR_DEVICE;
	}
}

static bool item_permit(void *context, const struct kernel_item *item)
{
	struct reconcile *look = context;

	if (*look->repair->guard != '\0' && (item->kind == KERNEL_DEVICE || kernel_item_is_on_device(item)))
		return false; /* closed */
	/* with the device comes all that is on it */
	return (*look->leader != '\0' && kernel_item_is_on_device(item)) ||
	       relay_backoff_permits(&look->repair->backoff, item->what, look->now);
}

static void item_done(void *context, const struct kernel_item *item)
{
	struct reconcile *look = context;
	bool follows = *look->leader != '\0' && kernel_item_is_on_device(item);

	if (follows) {
		look->repair->counts[kind_of(item)]++;
		look->followers += item->kind != KERNEL_UP;
	} else if (item->kind == KERNEL_DEVICE || item->kind == KERNEL_UP) {
		snprintf(look->leader, sizeof(look->leader), "%s", item->what);
	} else {
		relay_repair_log(look->repair, kind_of(item), item->what,
				 item->kind == KERNEL_SYSCTL ? "it was changed" : "it was gone", look->now);
	}
}

static void leader_print(struct reconcile *look)
{
	char how[64] = "it was gone";

	if (*look->leader == '\0')
		return;
	if (look->followers > 0)
		snprintf(how, sizeof(how), "it was gone, with %u more on it", look->followers);
	relay_repair_log(look->repair, RELAY_REPAIR_DEVICE, look->leader, how, look->now);
}

static void kernel_reconcile(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
			     struct conf_report *report)
{
	struct reconcile look = {.repair = repair, .now = now};
	const struct kernel_repairer repairer = {item_permit, item_done, &look};

	kernel_state_repair(settings, &repairer, report);
	leader_print(&look);
}

/* The generated files. */
static void files_reconcile(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
			    struct conf_report *report)
{
	bool has_resolver = settings->dns.edge_address_count > 0;

	if (has_resolver && relay_unbound_file_repair(settings, report) == 1)
		relay_repair_log(repair, RELAY_REPAIR_FILE, "the generated unbound.conf", "it was gone", now);
	if (has_resolver && relay_runtime_counters_make(settings, report) == 1)
		relay_repair_log(repair, RELAY_REPAIR_FILE, "the file of the module's counters", "it was gone", now);
	if (relay_runtime_settle(settings, report) == 0)
		relay_runtime_data_make(settings, report);
}

/* Logged when it differs from the last one. */
static void obstacle_log(struct relay_repair *repair, const struct conf_report *report)
{
	struct conf_log_fields fields = {.count = 0};
	char text[sizeof(repair->obstacle)];

	conf_report_join(report, text, sizeof(text));
	if (strcmp(text, repair->obstacle) == 0)
		return;
	conf_log_field(&fields, "NAT64_REPAIRED=%s", *text != '\0' ? "no" : "yes");
	if (*text != '\0')
		relay_print_event(LOG_ERR, "OBSTACLE", &fields, "cannot restore a missing item: %s", text);
	else
		relay_print_event(LOG_NOTICE, "OBSTACLE", &fields, "the obstacle is gone");
	memcpy(repair->obstacle, text, sizeof(text));
}

/* 0, or -1 with a line. */
static int table_put(const struct conf_settings *settings, struct conf_report *report)
{
	int result = -1;

	for (int try = 0; result < 0 && try < TRIES; try++) {
		conf_report_clear(report);
		result = nftables_apply(settings, report) >= 0 ? 0 : -1;
	}
	return result;
}

/* Every time anew: somebody may have set it up. */
static void device_close(const struct conf_settings *settings, struct conf_report *report)
{
	struct kernel_link link;

	if (kernel_link_find(settings->translation.tun_device, &link, report) == 1 && link.flags & IFF_UP)
		kernel_link_set_down(&link, report);
}

/* why: "" the guard is in place. */
static void guard_set(struct relay_repair *repair, const struct conf_settings *settings, const char *why,
		      struct conf_report *report)
{
	struct conf_log_fields fields = {.count = 0};
	bool was_closed = *repair->guard != '\0', is_closed = *why != '\0';

	snprintf(repair->guard, sizeof(repair->guard), "%s", why);
	if (is_closed)
		device_close(settings, report);
	if (was_closed == is_closed)
		return;
	conf_log_field(&fields, "NAT64_WHY=%s", why);
	if (is_closed)
		relay_print_event(LOG_ERR, "GUARD", &fields, "closed: %s; %s is down until the guard is in place", why,
				  settings->translation.tun_device);
	else
		relay_print_event(LOG_NOTICE, "GUARD", NULL, "the guard is in place again");
}

/* Put our table back where it is missing. Where it cannot be, or cannot be kept there, the device is down and repair->guard says why. */
static void guard_reconcile(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
			    struct conf_report *report)
{
	struct conf_report differences = {0}, refusal = {0};
	bool differs = nftables_compare(settings, &differences) != 0, good = true;
	bool gone = differences.count > 0 && differences.lines[0] &&
		    !strncmp(differences.lines[0], "there is no table", 17);
	char why[sizeof(repair->guard)] = "";

	if (differs) {
		relay_backoff_permits(&repair->backoff, TABLE_TEXT, now); /* for the count alone */
		good = table_put(settings, &refusal) == 0;
	}
	if (!good) {
		snprintf(why, sizeof(why), "the guard cannot be put in place: %s",
			 refusal.count > 0 ? refusal.lines[0] : "out of memory");
		conf_report_add(report, "%s", why);
	} else if (differs) {
		relay_repair_log(repair, RELAY_REPAIR_TABLE, TABLE_TEXT, gone ? "it was gone" : "it was changed", now);
	}
	if (good && !repair->held && relay_backoff_is_contested(&repair->backoff, TABLE_TEXT, now))
		snprintf(why, sizeof(why),
			 "another program keeps removing the guard, and table inet %s, which survives a flush, is not "
			 "available",
			 NFTABLES_HOLD);
	guard_set(repair, settings, why, report);
	conf_report_clear(&differences);
	conf_report_clear(&refusal);
}

void relay_reconcile(struct relay_repair *repair, const struct conf_settings *settings, bool thorough, uint64_t now)
{
	struct conf_report report = {0};

	guard_reconcile(repair, settings, now, &report);
	kernel_reconcile(repair, settings, now, &report);
	if (thorough)
		files_reconcile(repair, settings, now, &report);
	if (thorough || report.count > 0) /* a short look has not seen the files */
		obstacle_log(repair, &report);
	conf_report_clear(&report);
}
