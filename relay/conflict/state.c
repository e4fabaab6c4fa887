/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What somebody took away of what up put in place, while the relay is up: forwarding, strict reverse-path checking that came
 * later, a rule, a route, our table. watch puts them back; here they are named for a relay without watch, and for the moment before the repair. A relay that watch has closed for
 * want of its guard is named for that alone.
 */
#include "relay/conflict/conflict.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/state.h"
#include "nftables/nftables.h"
#include "relay/host/runtime.h"
#include "relay/ask/watch_state.h"
#include "relay/apply/bring_up.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct missing {
	char text[300];
	size_t count;
};

enum { NAMED_MAX = 4 };

static void item_note(void *context, const char *what, enum kernel_item_state state)
{
	struct missing *missing = context;
	size_t length = strlen(missing->text);

	if (state != KERNEL_ITEM_MISSING)
		return;
	if (missing->count++ < NAMED_MAX)
		snprintf(missing->text + length, sizeof(missing->text) - length, "%s%s", length > 0 ? ", " : "", what);
}

static void missing_add(struct relay_conflicts *conflicts, const struct missing *missing)
{
	relay_conflict_set(conflicts, FINDING_STATE_CHANGED,
			   "another program has changed the relay's device, routes, rules or sysctls: %s%s",
			   missing->text, missing->count > NAMED_MAX ? " and more" : "");
	relay_conflict_advise(conflicts, "%s",
			      relay_runtime_holder(conflicts->settings) > 0 ? "nat64-relay reload" : "nat64-relay up");
}

/* Has watch closed the relay? */
static bool guard_add(struct relay_conflicts *conflicts)
{
	json_auto_t *state = relay_watch_state_read(conflicts->settings);
	const char *why = json_string_value(json_object_get(state, "guard"));
	bool closed = why && *why != '\0';

	if (closed) {
		relay_conflict_set(conflicts, FINDING_GUARD_CLOSED, "the relay is closed, its device down: %s", why);
		relay_conflict_advise(conflicts,
				      "stop the program that removes table inet %s (nft monitor shows it), and run Linux 5.12 or "
				      "newer",
				      NFTABLES_TABLE);
	}
	return closed;
}

void relay_conflict_state(struct relay_conflicts *conflicts)
{
	struct conf_report report = {0};
	struct missing missing = {0};

	if (guard_add(conflicts))
		return;
	if (geteuid() != 0 || !relay_bring_up_is_begun(conflicts->settings))
		return;
	kernel_state_compare(conflicts->settings, item_note, &missing, &report);
	if (nftables_compare(conflicts->settings, &report) != 0) /* what cannot be compared is not known to be there */
		item_note(&missing, "rules of table inet " NFTABLES_TABLE, KERNEL_ITEM_MISSING);
	if (missing.count > 0)
		missing_add(conflicts, &missing);
	conf_report_clear(&report);
}
