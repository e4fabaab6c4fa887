/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else manages the machine's devices: systemd-networkd, and NetworkManager below.
 *
 * systemd-networkd leaves a link alone that no .network file matches, but a file for every link (Name=*) would take our device,
 * and its routes with it; the file that is installed with us says Unmanaged=yes, for the usual name nat64. And whenever it starts
 * it takes away policy rules that are not its own (networkd.conf(5), ManageForeignRoutingPolicyRules). watch puts ours back; to
 * keep them from going is a setting of the whole machine, which a package does not make: it is named here.
 */
#include "conf/settings.h"
#include "relay/conflict/conflict.h"
#include "relay/host/dropin.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LINKS "/run/systemd/netif/links"

static const char *const folders[] = {"/etc/systemd/networkd.conf.d", "/run/systemd/networkd.conf.d",
				      "/usr/local/lib/systemd/networkd.conf.d", "/usr/lib/systemd/networkd.conf.d",
				      "/lib/systemd/networkd.conf.d"};

static void rules_note(void *context, const char *path, unsigned line, char *name, const char *value)
{
	bool *takes_rules = context;

	(void)path;
	(void)line;
	if (strcmp(name, "ManageForeignRoutingPolicyRules") == 0)
		*takes_rules = strcasecmp(value, "no") != 0 && strcasecmp(value, "false") != 0 &&
			       strcasecmp(value, "off") != 0 && strcmp(value, "0") != 0;
}

static void state_note(void *context, const char *path, unsigned line, char *name, const char *value)
{
	bool *managed = context;

	(void)path;
	(void)line;
	if (strcmp(name, "ADMIN_STATE") == 0)
		*managed = strcmp(value, "unmanaged") != 0;
}

static void device_check(struct relay_conflicts *conflicts)
{
	const char *device = conflicts->settings->translation.tun_device;
	bool managed = false;
	char path[64];

	snprintf(path, sizeof(path), LINKS "/%u", if_nametoindex(device));
	relay_dropin_file(path, state_note, &managed);
	if (!managed)
		return;
	relay_conflict_set(conflicts, FINDING_NETWORKD_MANAGES, "systemd-networkd manages %s, and removes its routes",
			   device);
	relay_conflict_advise(conflicts,
			      "printf '[Match]\\nName=%s\\n[Link]\\nUnmanaged=yes\\n' > /etc/systemd/network/10-nat64-relay.network; "
			      "networkctl reload; networkctl reconfigure %s; nat64-relay up",
			      device, device);
}

static void rules_check(struct relay_conflicts *conflicts)
{
	bool takes_rules = true;

	relay_dropin_file("/etc/systemd/networkd.conf", rules_note, &takes_rules);
	relay_dropins_read(folders, sizeof(folders) / sizeof(folders[0]), rules_note, &takes_rules);
	if (!takes_rules)
		return;
	relay_conflict_set(
		conflicts, FINDING_NETWORKD_RULES,
		"systemd-networkd removes the relay's policy rules whenever it starts, until the relay restores them");
	relay_conflict_advise(conflicts,
			      "mkdir -p /etc/systemd/networkd.conf.d; printf '[Network]\\nManageForeignRoutingPolicyRules=no\\n' "
			      "> /etc/systemd/networkd.conf.d/nat64-relay.conf");
}

/* It keeps a file for each link while it runs; 1 is the loopback's. */
void relay_conflict_networkd(struct relay_conflicts *conflicts)
{
	if (access(LINKS "/1", F_OK) != 0)
		return;
	device_check(conflicts);
	rules_check(conflicts);
}

/*
 * NetworkManager takes over a device that nobody told it to leave alone: a connection that matches any device gives it
 * other addresses. The file that is installed with us names nat64; for another tun-device it wants one more. What
 * NetworkManager manages it writes into a file for each device.
 */
static void managed_note(void *context, const char *path, unsigned line, char *name, const char *value)
{
	bool *managed = context;

	(void)path;
	(void)line;
	if (strcmp(name, "managed") == 0)
		*managed = strcmp(value, "true") == 0;
}

void relay_conflict_networkmanager(struct relay_conflicts *conflicts)
{
	const char *device = conflicts->settings->translation.tun_device;
	bool managed = false;
	char path[64];

	snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", if_nametoindex(device));
	relay_dropin_file(path, managed_note, &managed);
	if (!managed)
		return;
	relay_conflict_set(conflicts, FINDING_NETWORKMANAGER_MANAGES,
			   "NetworkManager manages %s: it may change the addresses of the device, or set it "
			   "down",
			   device);
	relay_conflict_advise(conflicts,
			      "printf '[keyfile]\\nunmanaged-devices+=interface-name:%s\\n' > /etc/NetworkManager/conf.d/nat64-relay.conf; "
			      "systemctl reload NetworkManager",
			      device);
}
