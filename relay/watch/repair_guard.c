/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard of a look: closed while anything of it is missing.
 *
 * Our table is put back at once, however often somebody takes it away: no back-off holds it back. A comparison that comes to no end, because the rules
 * change all the time, counts as a table that is missing. Meanwhile the second table guards (nftables/hold.c).
 *
 * The relay is closed where the guard cannot be in place: our table cannot be put back; or it is taken away again and again, and there is no second table to
 * stand in (before Linux 5.12, or its name is taken). Closed means: the device is down, and the health (relay/watch/watch_health.c) withdraws the routes. It opens
 * again with the first pass that finds the guard in place; after a conflict without a second table, when there was peace for a minute.
 */
#include "relay/watch/repair_guard.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/link.h"
#include "conf/log.h"
#include "nftables/nftables.h"
#include "relay/watch/repairs.h"
#include "relay/cli/print.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define TABLE_TEXT "nftables table inet " NFTABLES_TABLE
#define TRIES      3 /* of putting it back in one look: a transaction that meets another one may be refused */

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

bool relay_repair_guard(struct relay_repair *repair, const struct conf_settings *settings, uint64_t now,
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
	return good && *why == '\0';
}
