/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay reload: what relay.conf says now, without taking the relay down. All of it, or as before: the file is checked
 * first, and both daemons must run; then what the daemons read is made, whole, and becomes active; rules and kernel state follow, then the resolver, then
 * the translator. When a part refuses, those before it get the old settings again, and are compared with them; when it is
 * killed, the next nat64-relay does so (relay/apply/rollback.c).
 *
 * The translator is last because it alone takes new settings by one step that either happens or does not, and could not be led back
 * without a loss: the clients whose addresses a new pool does not have would be without theirs. The resolver can be led back.
 *
 * What both settings let pass is not touched: rules and sets are exchanged under the packets, routes that stay are left alone, and the
 * translator exchanges one pointer. The resolver alone begins anew, with an empty cache: questions wait in its sockets for the
 * fraction of a second that this takes.
 *
 * Under nat64-relay run the work is the same; run holds the lock of the runtime folder, so a lock of reload's own keeps two
 * reloads, and run's end, apart.
 */
#include "relay/apply/active.h"
#include "relay/apply/bring_up.h"
#include "relay/apply/unbound_file.h"
#include "relay/apply/rollback.h"
#include "relay/command.h"
#include "relay/common.h"
#include "relay/check/preflight.h"
#include "relay/host/runtime.h"
#include "relay/cli/print.h"
#include "relay/ask/unbound_reload.h"
#include "relay/host/clock.h"

#include "conf/report.h"
#include "conf/settings.h"
#include "nat64/control/control.h"
#include "nftables/connection.h"
#include "nftables/nftables.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GUARD_MS = 5000, GUARD_STEP_MS = 20 };

int relay_reload_check(const struct conf_settings *old, const struct conf_settings *settings, struct conf_report *report)
{
	const struct {
		const char *directive;
		bool changed;
	} fixed[] = {
		{"tun-device", strcmp(old->translation.tun_device, settings->translation.tun_device) != 0},
		{"workers", old->translation.workers != settings->translation.workers},
		{"user", strcmp(old->node.user, settings->node.user) != 0},
		{"data-dir", strcmp(old->node.data_dir, settings->node.data_dir) != 0},
		{"unbound-program", strcmp(old->node.unbound_program, settings->node.unbound_program) != 0},
		{"unbound-module", strcmp(old->node.unbound_module, settings->node.unbound_module) != 0},
		{"translator-program", strcmp(old->node.translator_program, settings->node.translator_program) != 0},
		{"edge-address, the first or the last,",
		 (old->dns.edge_address_count == 0) != (settings->dns.edge_address_count == 0)},
	};
	size_t before = report->count;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].changed)
			conf_report_add(report,
					"%s: %s cannot change while the relay runs: stop it and start it again (systemctl restart "
					"nat64-relay), or put the old value back",
					settings->file, fixed[i].directive);
	return report->count == before ? 0 : -1;
}

/* nat64d reads the file itself. 0, or -1: it refuses it, or does not run. */
static int translator_reload(const struct conf_settings *settings, struct conf_report *report)
{
	json_t *reply;

	if (nat64_control_ask(settings->node.runtime_dir, "reload", &reply, report) != 0)
		return -1;
	json_decref(reply);
	puts("translator: has the new settings");
	return 0;
}

static int resolver_reload(const struct conf_settings *settings, bool anew, struct conf_report *report)
{
	if (settings->dns.edge_address_count == 0)
		return 0;
	if (relay_unbound_reload(settings, anew, report) != 0)
		return -1;
	puts("resolver: has the new settings");
	return 0;
}

/* All of the new settings, the translator's last; *resolver: it was told of them. 0, or -1: some may be in force. */
static int settings_apply(const struct conf_settings *settings, struct relay_generation *generation, bool anew,
			  bool *resolver, struct conf_report *report)
{
	if (relay_bring_up_exchange(settings, generation, report) != RELAY_EXIT_OK)
		return -1;
	*resolver = relay_reload_concerns_resolver(settings->node.runtime_dir);
	if (*resolver && resolver_reload(settings, anew, report) != 0)
		return -1;
	if (relay_active_is(settings))
		return translator_reload(settings, report);
	return conf_report_add(report, "%s changed during the reload: reload again", settings->file);
}

/* The rules that outlive a flush are those of watch: what they do not let pass yet, the new settings do. */
static void guard_await(const struct conf_settings *settings)
{
	uint64_t end = relay_clock_ms() + GUARD_MS;
	pid_t holder;

	while ((holder = relay_runtime_holder(settings)) != 0 && nftables_hold_compare(settings) == 1) {
		if (relay_clock_ms() > end) {
			relay_print_mark(RELAY_MARK_WARNING,
					 "nat64-relay (pid %d) does not follow: until it does, packets pass that both the old "
					 "and the new settings allow",
					 (int)holder);
			return;
		}
		poll(NULL, 0, GUARD_STEP_MS);
	}
}

/* conntrack goes on with the connections by a twin that is no more, past all rules. */
static void twin_end(const struct conf_prefix *twin)
{
	struct conf_report report = {0};
	char text[CONF_PREFIX_TEXT];
	int ended = nftables_connections_end(twin, &report);

	if (ended > 0)
		printf("connections to %s: %d ended\n", conf_prefix_print(twin, text), ended);
	else if (ended < 0)
		relay_print_mark(RELAY_MARK_WARNING, "connections to %s go on until their end: %s",
				 conf_prefix_print(twin, text), report.count > 0 ? report.lines[0] : "out of memory");
	conf_report_clear(&report);
}

static void twins_end(const struct conf_common *old, const struct conf_common *now)
{
	if (old->has_twin && !(now->has_twin && conf_prefix4_equals(&old->twin.twin, &now->twin.twin) &&
			       conf_prefix4_equals(&old->twin.real, &now->twin.real)))
		twin_end(&(struct conf_prefix){.family = AF_INET, .v4 = old->twin.twin});
	if (old->has_twin6 && !(now->has_twin6 && conf_prefix6_equals(&old->twin6.twin, &now->twin6.twin) &&
				conf_prefix6_equals(&old->twin6.real, &now->twin6.real)))
		twin_end(&(struct conf_prefix){.family = AF_INET6, .v6 = old->twin6.twin});
}

/* Forward, or back. RELAY_EXIT_REFUSED: nothing has changed. */
static int settings_exchange(const struct conf_settings *settings, const struct relay_snapshot *snapshot,
			     struct conf_report *report)
{
	bool resolver = false, anew = relay_rollback_edges_differ(snapshot->settings, settings);
	const struct conf_settings *active = settings;
	struct relay_generation generation;
	int exit_code = RELAY_EXIT_OK;

	if (relay_active_make(settings, &generation, report) != 0 ||
	    relay_rollback_begin(settings, &generation, report) != 0)
		return RELAY_EXIT_REFUSED;
	if (settings_apply(settings, &generation, anew, &resolver, report) != 0) {
		active = snapshot->settings;
		exit_code = RELAY_EXIT_FAILED;
		puts("Restoring the former settings:");
		if (relay_rollback(snapshot, resolver, anew, report) == 0)
			conf_report_add(
				report,
				"the old settings are in force again: resolver, translator, rules, routes and files were compared");
		else
			conf_report_add(report, "the lines above name the old settings that could not be restored: correct this, then "
						"reload again");
	}
	guard_await(active);
	if (exit_code == RELAY_EXIT_OK)
		twins_end(&snapshot->settings->common, &settings->common);
	relay_generation_forget(settings);
	return exit_code;
}

/* With the locks held. */
static int reload_locked(const struct conf_settings *settings, struct conf_report *report)
{
	struct conf_settings *old;
	struct relay_snapshot snapshot;
	int exit_code = RELAY_EXIT_REFUSED;

	if (relay_rollback_killed(settings->node.runtime_dir, report) != 0)
		return RELAY_EXIT_FAILED;
	old = relay_active_read(settings->node.runtime_dir);
	if (!old) {
		conf_report_add(report, "no relay is up with runtime-dir %s: nat64-relay up, or run, starts one",
				settings->node.runtime_dir);
		return exit_code;
	}
	if (relay_snapshot_save(&snapshot, old, report) == 0 && relay_reload_check(old, settings, report) == 0 &&
	    relay_preflight(settings, RELAY_FOR_RELOAD, report) == 0)
		exit_code = settings_exchange(settings, &snapshot, report);
	relay_snapshot_clear(&snapshot);
	return exit_code;
}

/* A nat64-relay of an earlier version has no generations, and would take the links to one for somebody else's. */
static bool holder_is_older(const struct conf_settings *settings, struct conf_report *report)
{
	char name[RELAY_GENERATION_ROOM];
	pid_t holder = relay_runtime_holder(settings);
	FILE *file = relay_runtime_memory_open(settings, RELAY_GENERATION_SETTINGS);

	if (file)
		fclose(file);
	if (holder == 0 || !file || relay_generation_find(settings->node.runtime_dir, RELAY_GENERATION_CURRENT, name))
		return false;
	conf_report_add(report,
			"the nat64-relay (pid %d) that keeps the relay up is of an earlier version: restart it, and then "
			"reload",
			(int)holder);
	return true;
}

static int reload(const struct conf_settings *settings, struct conf_report *report)
{
	int exit_code = RELAY_EXIT_REFUSED;
	int own, lock;

	if (geteuid() != 0) {
		conf_report_add(report, "this needs root: sudo nat64-relay reload");
		return exit_code;
	}
	if (access(settings->node.runtime_dir, F_OK) != 0) {
		conf_report_add(report, "no relay is up with runtime-dir %s: nat64-relay up, or run, starts one",
				settings->node.runtime_dir);
		return exit_code;
	}
	if (holder_is_older(settings, report))
		return exit_code;
	own = relay_runtime_lock_reload(settings, report);
	if (own < 0)
		return exit_code;
	lock = relay_runtime_holder(settings) == 0 ? relay_runtime_open(settings, report) : own;
	if (lock >= 0)
		exit_code = reload_locked(settings, report);
	if (lock >= 0 && lock != own)
		relay_runtime_close(settings, lock, false);
	close(own);
	if (exit_code == RELAY_EXIT_OK)
		puts("The relay has the new settings.");
	else if (exit_code == RELAY_EXIT_REFUSED)
		conf_report_add(report, "the old settings stay in force");
	return exit_code;
}

int relay_reload(const struct relay_command *command, const char *config, int argc, char **argv)
{
	return relay_session_run(command, config, argc, argv, reload);
}
