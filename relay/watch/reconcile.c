/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reconciliation: rules, kernel state and files are compared with the settings, and restored by the code of up. An item
 * that other programs remove again and again is restored ever more rarely (relay/watch/backoff.c), except for the guard (relay/watch/repair_guard.c). A repair is one line in
 * the log, the beginning of a conflict another, and its course none. Items that disappear with the device share its line.
 * An obstacle is logged once, until it changes.
 */
#include "relay/watch/reconcile.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/items.h"
#include "kernel/state.h"
#include "conf/log.h"
#include "relay/apply/active.h"
#include "relay/host/machine.h"
#include "relay/watch/repair_guard.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/apply/unbound_file.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

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
		return false; /* closed: relay/watch/repair_guard.c */
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

static bool kernel_reconcile(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
			     struct conf_report *report)
{
	struct reconcile look = {.repair = repair, .now = now};
	const struct kernel_repairer repairer = {item_permit, item_done, &look};
	int missing = kernel_state_repair(settings, &repairer, report);

	leader_print(&look);
	return missing == 0;
}

/* The generated files. */
static bool files_reconcile(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
			    struct conf_report *report)
{
	int resolver = settings->dns.edge_address_count > 0 ? relay_unbound_file_repair(settings, report) : 0;
	int counters = settings->dns.edge_address_count > 0 ? relay_runtime_counters_make(settings, report) : 0;
	int folder = relay_runtime_settle(settings, report) == 0 ? relay_runtime_data_make(settings, report) : -1;

	if (resolver == 1)
		relay_repair_log(repair, RELAY_REPAIR_FILE, "the generated unbound.conf", "it was gone", now);
	if (counters == 1)
		relay_repair_log(repair, RELAY_REPAIR_FILE, "the file of the module's counters", "it was gone", now);
	return resolver >= 0 && counters >= 0 && folder == 0;
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

bool relay_reconcile(struct relay_repair *repair, const struct conf_settings *settings, bool thorough, uint64_t now)
{
	struct conf_report report = {0};
	bool good = relay_repair_guard(repair, settings, now, &report);

	good &= kernel_reconcile(repair, settings, now, &report);
	if (thorough)
		good &= files_reconcile(repair, settings, now, &report);
	if (thorough || report.count > 0) /* a short look has not seen the files */
		obstacle_log(repair, &report);
	conf_report_clear(&report);
	return good;
}
