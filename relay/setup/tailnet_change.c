/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read, unite, write, and read again.
 *
 * No control plane has a compare-and-swap for routes and split DNS. The list of a node's routes is written by this relay and by people; that what was
 * written is read again is enough. The resolvers of a domain are written by every relay of it: one that has read the list before another's write, and writes
 * after it, takes the other's address out. So a write follows its read within STALE_MS, or not at all, and ends within TAILSCALE_HTTP_WRITE_TIMEOUT; and the
 * relay that has written reads again after both have passed: another relay that could take its address out has done so by then, and the address is entered
 * again. The relay that wrote last has seen the other's address, because it reads again as well.
 */
#include "relay/setup/tailnet_change.h"

#include "conf/report.h"
#include "relay/host/clock.h"
#include "relay/setup/tailnet_merge.h"

#include <poll.h>

enum { ROUNDS = 6, STALE_MS = 2000, SETTLE_MS = STALE_MS + TAILSCALE_HTTP_WRITE_TIMEOUT * 1000 + 500 };

typedef int list_edit(const struct tailscale_list *have, const json_t *ours, struct tailscale_list *result);
typedef json_t *zones_edit(const json_t *zones, const json_t *ours);

/* A write that came to nothing, or to nobody knows what: keep what it said until a later round has mended it. */
static void failure_keep(struct conf_report *last, struct conf_report *now)
{
	if (now->count == 0)
		return;
	conf_report_clear(last);
	*last = *now;
	*now = (struct conf_report){0};
}

/* The rounds are over without success. */
static int rounds_end(struct conf_report *last, const char *what, struct conf_report *report)
{
	for (size_t i = 0; i < last->count; i++)
		conf_report_add(report, "%s", last->lines[i]);
	if (last->count == 0)
		conf_report_add(report, "another program keeps changing %s: stop it, and run this again", what);
	return -1;
}

/* A write that was refused has changed nothing: what was noted for it comes off the record again. 1: another round may succeed. */
static int outcome_note(struct relay_tailnet *tailnet, enum tailscale_outcome outcome, json_t *noted_before,
			struct conf_report *report)
{
	if (outcome == TAILSCALE_FAILED || outcome == TAILSCALE_REFUSED)
		relay_record_restore(&tailnet->record, noted_before, report);
	return outcome == TAILSCALE_FAILED ? -1 : 1;
}

/* ours of the list that `have` lacks go on record. */
static int routes_note(struct relay_tailnet *tailnet, const struct tailscale_list *have, const json_t *ours,
		       struct conf_report *report)
{
	const json_t *route;
	size_t i;

	json_array_foreach(ours, i, route)
		if (!relay_list_has(have, json_string_value(route)))
			relay_record_route(&tailnet->record, json_string_value(route));
	return relay_record_write(&tailnet->record, report);
}

/* One round: 1 it was written, or perhaps was; 0 nothing to write; -1. */
static int routes_round(struct relay_tailnet *tailnet, list_edit *edit, const json_t *ours, struct conf_report *failure,
			struct conf_report *report)
{
	struct tailscale_control *control = &tailnet->control;
	json_auto_t *noted_before = json_deep_copy(tailnet->record.object);
	struct tailscale_node_routes routes = {0};
	struct tailscale_list edited = {0};
	int result = -1;

	if (control->plane->routes_read(control, &routes, report) != 0)
		goto out;
	if (edit(&routes.approved, ours, &edited) != 0)
		conf_report_add(report, "out of memory");
	else if (edited.count == routes.approved.count)
		result = 0;
	else if (edit != relay_list_unite || routes_note(tailnet, &routes.approved, ours, report) == 0)
		result = outcome_note(tailnet, control->plane->routes_write(control, &edited, failure), noted_before,
				      report);
out:
	tailscale_list_clear(&edited);
	tailscale_node_routes_clear(&routes);
	return result;
}

static int routes_edit(struct relay_tailnet *tailnet, list_edit *edit, const json_t *ours, struct conf_report *report)
{
	struct conf_report last = {0}, now = {0};
	int result = 1;

	for (unsigned round = 0; round < ROUNDS; round++) {
		result = routes_round(tailnet, edit, ours, &now, report);
		if (result < 0 || now.count > 0)
			failure_keep(&last, &now);
		if (result == 0) {
			conf_report_clear(&last);
			return round > 0;
		}
		if (result < 0)
			break;
		if (last.count > 0)
			tailscale_http_pause(round, tailnet->control.retry_after);
	}
	if (report->count == 0)
		rounds_end(&last, "the routes of this node", report);
	conf_report_clear(&last);
	return -1;
}

int relay_tailnet_approve_routes(struct relay_tailnet *tailnet, const json_t *wanted, struct conf_report *report)
{
	return routes_edit(tailnet, relay_list_unite, wanted, report);
}

int relay_tailnet_withdraw_routes(struct relay_tailnet *tailnet, struct conf_report *report)
{
	int result = json_array_size(relay_record_routes(&tailnet->record)) == 0 ?
			     0 :
			     routes_edit(tailnet, relay_list_without, relay_record_routes(&tailnet->record), report);

	if (result < 0)
		return result;
	relay_record_forget_routes(&tailnet->record);
	return relay_record_write(&tailnet->record, report) == 0 ? result : -1;
}

static int zones_note(struct relay_tailnet *tailnet, const json_t *patch, const json_t *ours, struct conf_report *report)
{
	const json_t *resolvers;
	const char *zone;

	json_object_foreach((json_t *)ours, zone, resolvers)
		if (relay_zones_name(patch, zone))
			relay_record_resolver(&tailnet->record, zone, json_string_value(json_array_get(resolvers, 0)));
	return relay_record_write(&tailnet->record, report);
}

/* One round, as of routes; nothing is written when reading took so long that what was read may be old. */
static int zones_round(struct relay_tailnet *tailnet, zones_edit *edit, const json_t *ours, struct conf_report *failure,
		       struct conf_report *report)
{
	struct tailscale_control *control = &tailnet->control;
	uint64_t begun = relay_clock_ms();
	json_t *zones = control->plane->zones_read(control, report), *patch = zones ? edit(zones, ours) : NULL;
	json_auto_t *noted_before = json_deep_copy(tailnet->record.object);
	int result = -1;

	if (zones && !patch)
		conf_report_add(report,
				"%s, split DNS: the answer has no lists of resolvers in the known form: nothing was "
				"changed",
				control->base);
	else if (zones && json_object_size(patch) == 0)
		result = 0;
	else if (!zones || (edit == relay_zones_unite && zones_note(tailnet, patch, ours, report) != 0))
		result = -1;
	else if (relay_clock_ms() - begun > STALE_MS)
		result = (conf_report_add(failure,
					  "%s, split DNS: the answers are too slow for a safe change: try "
					  "again",
					  control->base),
			  1);
	else
		result = outcome_note(tailnet, control->plane->zones_patch(control, patch, failure), noted_before, report);
	json_decref(patch);
	json_decref(zones);
	return result;
}

static int zones_change(struct relay_tailnet *tailnet, zones_edit *edit, const json_t *ours, struct conf_report *report)
{
	struct conf_report last = {0}, now = {0};
	bool changed = false, settled = true;

	for (unsigned round = 0; round < ROUNDS;) {
		int result = zones_round(tailnet, edit, ours, &now, report);

		if (result == 0 && settled) {
			conf_report_clear(&last);
			return changed;
		}
		failure_keep(&last, &now);
		if (result < 0)
			break;
		if (result == 0) {
			poll(NULL, 0, SETTLE_MS);
			settled = true;
			continue;
		}
		changed = true;
		settled = false;
		if (last.count > 0)
			tailscale_http_pause(round, tailnet->control.retry_after);
		round++;
	}
	if (report->count == 0)
		rounds_end(&last, "the resolvers of these domains", report);
	conf_report_clear(&last);
	return -1;
}

int relay_tailnet_enter_zones(struct relay_tailnet *tailnet, const json_t *wanted, struct conf_report *report)
{
	return zones_change(tailnet, relay_zones_unite, wanted, report);
}

int relay_tailnet_leave_zones(struct relay_tailnet *tailnet, struct conf_report *report)
{
	int result = 0;

	if (json_object_size(relay_record_zones(&tailnet->record)) > 0)
		result = zones_change(tailnet, relay_zones_without, relay_record_zones(&tailnet->record), report);
	if (result < 0)
		return result;
	relay_record_forget_zones(&tailnet->record);
	return relay_record_write(&tailnet->record, report) == 0 ? result : -1;
}
