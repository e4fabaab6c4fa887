/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the relay is in place on this machine, where the kernel would send, whether its disks take a file, and what a boot would start. */
#include "relay/check/evidence.h"

#include "conf/report.h"
#include "conf/rfc6052.h"
#include "conf/settings.h"
#include "conf/special.h"
#include "kernel/link.h"
#include "kernel/lookup.h"
#include "kernel/state.h"
#include "nftables/nftables.h"
#include "relay/ask/watch_state.h"
#include "unbound/dry_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { MISSING_MAX = 64, DISK_ROOM = 64 << 10 };

static void item_note(void *context, const char *what, enum kernel_item_state state)
{
	struct tailscale_list *missing = context;

	if (state != KERNEL_ITEM_MISSING || !missing->items || missing->count == MISSING_MAX)
		return;
	missing->items[missing->count] = strdup(what);
	missing->count += missing->items[missing->count] ? 1 : 0;
}

/* A line of the comparison that says what is not there, about the masquerade. */
static bool is_lacking_masquerade(const char *line)
{
	return strstr(line, " lacks ") && strstr(line, "masq");
}

static void rules_read(struct relay_machine_evidence *machine, const struct conf_settings *settings)
{
	struct conf_report report = {0};

	machine->rules_differ = nftables_compare(settings, &report) == 1;
	machine->has_table = !machine->rules_differ || report.count != 1 || !report.lines[0] ||
			     !strstr(report.lines[0], "there is no table");
	for (size_t i = 0; machine->rules_differ && i < report.count; i++)
		machine->masquerade_missing |= report.lines[i] && is_lacking_masquerade(report.lines[i]);
	machine->rules_held = machine->rules_differ && nftables_hold_compare(settings) == 0;
	if (machine->rules_differ && report.count > 0 && report.lines[0])
		snprintf(machine->rules, sizeof(machine->rules), "%s", report.lines[0]);
	conf_report_clear(&report);
}

static void route_read(const struct conf_address *to, char device[32])
{
	char name[IF_NAMESIZE] = "";
	int result = kernel_lookup_device(to, name, CONF_REPORT_DISCARD);

	if (result >= 0)
		snprintf(device, 32, "%s", result == 1 ? name : "nowhere");
}

/* A host of the site: of the first network that is allowed beyond the overlay. */
static void lan_route_read(struct relay_machine_evidence *machine, const struct conf_settings *settings)
{
	const struct conf_prefix4 overlay = conf_special_shared_space();
	const struct conf_networks *allowed = &settings->common.allowed_destinations;
	struct conf_address to = {.family = AF_INET};

	for (size_t i = 0; settings->node.lan_interface && i < allowed->count4 && !*machine->lan_device; i++) {
		if (conf_prefix4_covers(&overlay, &allowed->v4[i]))
			continue;
		machine->lan = allowed->v4[i];
		to.v4 = conf_prefix4_address(&machine->lan, machine->lan.length < 31 ? 1 : 0);
		route_read(&to, machine->lan_device);
	}
}

/* A host of the pool, of the first prefix, of the twin's targets: none that is the machine's own. */
static void routes_read(struct relay_machine_evidence *machine, const struct conf_settings *settings)
{
	const struct in_addr some = {htonl(0x64400203)};
	struct conf_address to = {.family = AF_INET};

	if (settings->translation.has_dynamic_pool && settings->translation.dynamic_pool.length < 31) {
		to.v4 = conf_prefix4_address(&settings->translation.dynamic_pool,
					     (uint32_t)(conf_prefix4_size(&settings->translation.dynamic_pool) - 2));
		route_read(&to, machine->pool_device);
	}
	if (settings->common.prefix_count > 0) {
		to = (struct conf_address){.family = AF_INET6,
					   .v6 = conf_rfc6052_embed(&settings->common.prefixes[0].prefix, some)};
		route_read(&to, machine->prefix_device);
	}
	lan_route_read(machine, settings);
}

static void mtu_read(struct relay_machine_evidence *machine, const char *interface)
{
	struct kernel_link link;

	if (kernel_link_find(interface, &link, CONF_REPORT_DISCARD) == 1)
		machine->overlay_mtu = link.mtu;
}

/* A file system without room for other users than root, or without an inode, is full. */
static void disk_read(struct relay_machine_evidence *machine, const char *path)
{
	struct relay_disk_evidence *disk = &machine->disks[machine->disk_count];
	struct statvfs state;

	if (statvfs(path, &state) != 0)
		return;
	disk->path = path;
	disk->read_only = state.f_flag & ST_RDONLY || (access(path, W_OK) != 0 && errno == EROFS);
	disk->full = (state.f_blocks > 0 && state.f_bavail * state.f_frsize < DISK_ROOM) ||
		     (state.f_files > 0 && state.f_favail == 0);
	machine->disk_count++;
}

static void watch_read(struct relay_machine_evidence *machine, const struct conf_settings *settings)
{
	json_auto_t *state = relay_watch_state_read(settings);
	const char *why = json_string_value(json_object_get(state, "why")),
		   *guard = json_string_value(json_object_get(state, "guard"));

	machine->withdrawn = json_is_true(json_object_get(state, "withdrawn"));
	snprintf(machine->withdrawn_why, sizeof(machine->withdrawn_why), "%s",
		 why && *why ? why : "translator or resolver did not answer");
	snprintf(machine->guard, sizeof(machine->guard), "%s", guard ? guard : "");
}

static bool route_is_kept(const struct conf_settings *settings)
{
	struct tailscale_prefs prefs;
	char text[CONF_PREFIX_TEXT];
	bool kept = true;

	if (settings->node.advertise_none)
		return true;
	if (tailscale_prefs_read(settings->node.tailscale_socket, &prefs, CONF_REPORT_DISCARD) == 0) {
		for (size_t i = 0; i < settings->node.advertised_count; i++)
			kept = kept && tailscale_list_contains(&prefs.advertise_routes,
							       conf_prefix_print(&settings->node.advertised[i], text));
		tailscale_prefs_clear(&prefs);
	} else {
		kept = false;
	}
	return kept;
}

/* Would the resolver come up again? Who is not root may not be able to read all that it reads. */
static void boot_read(struct relay_machine_evidence *machine, const struct conf_settings *settings, const char *file)
{
	struct conf_report report = {0};

	machine->own_file = strcmp(file, RELAY_CONF_PATH) == 0;
	machine->unit_enabled = access("/etc/systemd/system/multi-user.target.wants/nat64-relay.service", F_OK) == 0;
	machine->route_kept = route_is_kept(settings);
	if (settings->dns.edge_address_count > 0 && machine->root && unboundconf_dry_run(settings, &report) != 0)
		snprintf(machine->boot, sizeof(machine->boot), "%s",
			 report.count > 0 && report.lines[0] ? report.lines[0] : "its dry run failed");
	conf_report_clear(&report);
}

void relay_evidence_machine(struct relay_evidence *evidence)
{
	struct relay_machine_evidence *machine = &evidence->machine;
	const struct conf_settings *settings = evidence->settings;

	machine->root = geteuid() == 0;
	machine->systemd = sd_booted() > 0;
	if (!machine->running)
		return;
	if (machine->root) {
		machine->missing.items = calloc(MISSING_MAX, sizeof(*machine->missing.items));
		kernel_state_compare(settings, item_note, &machine->missing, CONF_REPORT_DISCARD);
		rules_read(machine, settings);
	}
	routes_read(machine, settings);
	watch_read(machine, settings);
	mtu_read(machine, settings->node.overlay_interface);
	disk_read(machine, settings->node.data_dir);
	disk_read(machine, settings->node.runtime_dir);
	boot_read(machine, settings, evidence->file);
	unboundconf_age_read(settings, "", &machine->unbound);
}

void relay_evidence_clear(struct relay_evidence *evidence)
{
	tailscale_list_clear(&evidence->machine.missing);
	if (evidence->tailnet.has_status)
		tailscale_status_clear(&evidence->tailnet.status);
	if (evidence->tailnet.has_prefs)
		tailscale_prefs_clear(&evidence->tailnet.prefs);
	if (evidence->tailnet.has_netmap)
		tailscale_netmap_clear(&evidence->tailnet.netmap);
}
