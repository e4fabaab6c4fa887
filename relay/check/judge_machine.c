/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the relay this machine has, or has no more: settings in force, device, rules, routes, disks, Unbound, and the next boot. */
#include "relay/check/judge.h"

#include "conf/settings.h"
#include "nftables/names.h"
#include "relay/check/evidence.h"
#include "relay/check/finding.h"
#include "relay/check/judge_tailnet.h"

#include <stdio.h>
#include <string.h>

enum { MTU_LEAST = 1280, NAMES_ROOM = 300 };

const char *relay_judge_put_back(const struct relay_evidence *evidence)
{
	return evidence->machine.watched ? "nat64-relay reload" : "nat64-relay up";
}

void relay_judge_running(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	if (!evidence->machine.running) {
		relay_findings_add(findings, FINDING_NOT_RUNNING, PLACE_RELAY, "the relay is not running");
		relay_findings_advise(findings, "start it with: %s",
				      evidence->machine.systemd ? "systemctl enable --now nat64-relay" : "nat64-relay run");
		return;
	}
	if (evidence->broken) {
		relay_findings_add(findings, FINDING_SETTINGS_BROKEN, PLACE_REBOOT, "%s", evidence->broken);
		relay_findings_advise(
			findings, "correct it, then: nat64-relay reload; until then the former settings are in force");
	} else if (evidence->machine.edited) {
		relay_findings_add(findings, FINDING_SETTINGS_EDITED, PLACE_REBOOT,
				   "relay.conf was edited, and not reloaded; the settings in force are judged here");
		relay_findings_advise(findings, "nat64-relay reload; nat64-relay diff shows what it would change");
	}
}

/* What a missing item of the kernel comes to. */
static enum relay_finding_id missing_id(const char *what)
{
	if (strstr(what, "rp_filter"))
		return FINDING_RP_FILTER;
	if (strstr(what, "forward"))
		return FINDING_FORWARDING_OFF;
	return FINDING_STATE_CHANGED;
}

static void missing_judge(const struct relay_evidence *evidence, enum relay_finding_id id, const char *text,
			  struct relay_findings *findings)
{
	const struct tailscale_list *missing = &evidence->machine.missing;
	char names[NAMES_ROOM] = "";

	for (size_t i = 0; i < missing->count; i++) {
		size_t length = strlen(names);

		if (missing_id(missing->items[i]) == id)
			snprintf(names + length, sizeof(names) - length, "%s%s", length > 0 ? ", " : "", missing->items[i]);
	}
	if (*names) {
		relay_findings_add(findings, id, PLACE_MACHINE, "%s: it should be %s", text, names);
		relay_findings_advise(findings, "%s", relay_judge_put_back(evidence));
	}
}

static void rules_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_machine_evidence *machine = &evidence->machine;

	if (!machine->rules_differ)
		return;
	if (machine->rules_held)
		relay_findings_add(findings, FINDING_RULES_HELD, PLACE_MACHINE,
				   "another program has changed the relay's rules (%s); table inet %s replaces them until watch "
				   "ends",
				   machine->rules, NFTABLES_HOLD);
	else if (machine->has_table && machine->masquerade_missing)
		relay_findings_add(findings, FINDING_MASQUERADE_MISSING, PLACE_MACHINE,
				   "the masquerade is gone from the table inet nat64-relay");
	else
		relay_findings_add(findings, FINDING_RULES_MISSING, PLACE_MACHINE,
				   "another program has changed the relay's rules: %s", machine->rules);
	relay_findings_advise(findings, "%s", relay_judge_put_back(evidence));
}

/* " (a route of the tailnet to NODE)", where the overlay has it: another subnet router, in tailscaled's table 52. */
static const char *router_print(const struct relay_evidence *evidence, const struct conf_prefix *network,
				const char *device, char *text, size_t size)
{
	const struct conf_prefix *route = NULL;
	const struct tailscale_node *router = NULL;
	char printed[CONF_PREFIX_TEXT];

	*text = '\0';
	if (evidence->tailnet.has_netmap && strcmp(device, evidence->settings->node.overlay_interface) == 0)
		router = relay_judge_router(&evidence->tailnet.netmap, network, &route);
	if (router)
		snprintf(text, size, " (the tailnet's route %s to %s)", conf_prefix_print(route, printed),
			 router->name ? router->name : "a node");
	return text;
}

static void routes_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct conf_settings *settings = evidence->settings;
	const struct relay_machine_evidence *machine = &evidence->machine;
	char text[CONF_PREFIX_TEXT], router[400];

	if (*machine->pool_device && strcmp(machine->pool_device, settings->translation.tun_device) != 0) {
		const struct conf_prefix pool = {.family = AF_INET, .v4 = settings->translation.dynamic_pool};

		relay_findings_add(findings, FINDING_POOL_ROUTE_TAKEN, PLACE_MACHINE,
				   "packets to the pool %s leave by %s%s, and not by %s",
				   conf_prefix_print(&pool, text), machine->pool_device,
				   router_print(evidence, &pool, machine->pool_device, router, sizeof(router)),
				   settings->translation.tun_device);
		relay_findings_advise(findings,
				      "choose another dynamic-pool, or remove the route or policy rule: ip rule; ip route show table "
				      "all");
	}
	if (*machine->prefix_device && strcmp(machine->prefix_device, settings->translation.tun_device) != 0) {
		const struct conf_prefix prefix = {.family = AF_INET6, .v6 = settings->common.prefixes[0].prefix};

		relay_findings_add(findings, FINDING_PREFIX_ROUTE_TAKEN, PLACE_MACHINE,
				   "packets to the prefix %s leave by %s%s, and not by %s",
				   conf_prefix_print(&prefix, text), machine->prefix_device,
				   router_print(evidence, &prefix, machine->prefix_device, router, sizeof(router)),
				   settings->translation.tun_device);
		relay_findings_advise(findings, "remove the route or policy rule: ip -6 rule; ip -6 route show table all");
	}
}

/* The guard lets nothing of the site leave by another interface. An address of the machine itself leads to lo. */
static void lan_judge(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_machine_evidence *machine = &evidence->machine;
	const char *lan = evidence->settings->node.lan_interface;
	char text[CONF_PREFIX_TEXT];

	if (!*machine->lan_device || strcmp(machine->lan_device, lan) == 0 || strcmp(machine->lan_device, "lo") == 0)
		return;
	relay_findings_add(findings, FINDING_LAN_ROUTE_TAKEN, PLACE_MACHINE,
			   "packets to the site's network %s are dropped: the route leads to %s, and lan-interface is %s",
			   conf_prefix4_print(&machine->lan, text), machine->lan_device, lan);
	relay_findings_advise(findings,
			      "see ip route get to a host of the site, and ip link show %s; if the interface has another name now, "
			      "correct lan-interface",
			      lan);
}

static void disks_judge(const struct relay_machine_evidence *machine, struct relay_findings *findings)
{
	for (size_t i = 0; i < machine->disk_count; i++) {
		const struct relay_disk_evidence *disk = &machine->disks[i];

		if (disk->read_only) {
			relay_findings_add(findings, FINDING_DISK_READ_ONLY, PLACE_MACHINE,
					   "%s is read-only: leases are not saved", disk->path);
			relay_findings_advise(findings,
					      "find the cause (dmesg), then: mount -o remount,rw $(findmnt -n -o TARGET -T "
					      "%s)",
					      disk->path);
		} else if (disk->full) {
			relay_findings_add(findings, FINDING_DISK_FULL, PLACE_MACHINE,
					   "the disk of %s is full: leases are not saved", disk->path);
			relay_findings_advise(findings, "make room: df -h %s", disk->path);
		}
	}
}

void relay_judge_machine(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_machine_evidence *machine = &evidence->machine;

	if (*machine->guard) {
		relay_findings_add(findings, FINDING_GUARD_CLOSED, PLACE_MACHINE,
				   "the relay is closed, its device down: %s", machine->guard);
		relay_findings_advise(findings,
				      "stop the program that removes the table inet nat64-relay (nft monitor shows it), and run "
				      "Linux 5.12 or newer");
	}
	missing_judge(evidence, FINDING_FORWARDING_OFF, "forwarding is off", findings);
	missing_judge(evidence, FINDING_RP_FILTER, "reverse-path filtering drops answers", findings);
	missing_judge(evidence, FINDING_STATE_CHANGED,
		      "another program has changed the relay's device, routes, rules or sysctls", findings);
	rules_judge(evidence, findings);
	routes_judge(evidence, findings);
	lan_judge(evidence, findings);
	disks_judge(machine, findings);
	if (machine->overlay_mtu > 0 && machine->overlay_mtu < MTU_LEAST) {
		relay_findings_add(findings, FINDING_MTU_SMALL, PLACE_MACHINE, "the MTU of %s is %u, too small for IPv6",
				   evidence->settings->node.overlay_interface, machine->overlay_mtu);
		relay_findings_advise(findings, "ip link set %s mtu 1280", evidence->settings->node.overlay_interface);
	}
}

void relay_judge_boot(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct relay_machine_evidence *machine = &evidence->machine;

	if (evidence->broken)
		return;
	if (*machine->boot) {
		relay_findings_add(findings, FINDING_BOOT_BROKEN, PLACE_REBOOT, "%s", machine->boot);
		relay_findings_advise(findings, "correct the file before the next start; running daemons are not affected");
	} else if (!machine->own_file) {
		relay_findings_add(findings, FINDING_BOOT_UNSEEN, PLACE_REBOOT, "the service reads %s, and not %s",
				   RELAY_CONF_PATH, evidence->file);
		relay_findings_advise(findings, "make sure that nat64-relay -c %s run is started at boot", evidence->file);
	} else if (!machine->systemd) {
		relay_findings_add(findings, FINDING_BOOT_UNSEEN, PLACE_REBOOT, "there is no systemd here");
		relay_findings_advise(findings, "make sure that nat64-relay run is started at boot");
	} else if (!machine->unit_enabled) {
		relay_findings_add(findings, FINDING_BOOT_OFF, PLACE_REBOOT,
				   "nat64-relay.service is not enabled: nothing starts the relay at boot");
		relay_findings_advise(findings, "systemctl enable nat64-relay");
	} else {
		relay_findings_see(findings, PLACE_REBOOT,
				   "nat64-relay.service is enabled; it sets up rules, device, routes and sysctls at "
				   "boot%s",
				   evidence->settings->node.advertise_none || !machine->route_kept ?
					   "" :
					   "; tailscaled keeps the route");
	}
}

/* The private Unbound's age: nobody updates it with the distribution's. */
void relay_judge_unbound(const struct relay_evidence *evidence, struct relay_findings *findings)
{
	const struct unboundconf_age *age = &evidence->machine.unbound;
	char text[RELAY_FINDING_TEXT];

	if (age->version[0] == '\0')
		return;
	unboundconf_age_print(age, text, sizeof(text));
	if (age->newer[0] != '\0') {
		relay_findings_add(findings, FINDING_UNBOUND_OUTDATED, PLACE_MACHINE,
				   "%s, which may fix security faults", text);
		relay_findings_advise(findings, "%s", unboundconf_age_advice(age));
	}
	relay_findings_see(findings, PLACE_MACHINE, "%.300s", text);
}
