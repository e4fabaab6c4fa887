/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NetworkManager. It takes over a device that nobody told it to leave alone: a connection that matches any device gives it
 * other addresses. The file that is installed with us names nat64; for another tun-device it wants one more. What
 * NetworkManager manages it writes into a file for each device.
 */
#include "relay/conflict/conflict.h"

#include "conf/settings.h"
#include "relay/host/dropin.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

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
	struct relay_finding finding;
	bool managed = false;
	char path[64];

	snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", if_nametoindex(device));
	relay_dropin_file(path, managed_note, &managed);
	if (!managed)
		return;
	relay_conflict_set(&finding, FINDING_NETWORKMANAGER_MANAGES,
			   "NetworkManager manages %s: it may change the addresses of the device, or set it "
			   "down",
			   device);
	relay_conflict_advise(&finding,
			      "printf '[keyfile]\\nunmanaged-devices+=interface-name:%s\\n' > /etc/NetworkManager/conf.d/nat64-relay.conf; "
			      "systemctl reload NetworkManager",
			      device);
	relay_conflict_add(conflicts, &finding);
}
