/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine on which somebody turned IPv6 off, as many a guide advises: then clients' packets never come. */
#include "relay/conflict/conflict.h"

#include "conf/settings.h"
#include "kernel/sysctl.h"

#include <stdio.h>
#include <unistd.h>

static bool sysctl_is_on(const char *interface, const char *leaf)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", NULL};
	char name[KERNEL_SYSCTL_NAME];

	snprintf(name, sizeof(name), "net/ipv6/conf/%.32s/%s", interface, leaf);
	return kernel_sysctl_is(&sysctls, name, "1");
}

void relay_conflict_ipv6(struct relay_conflicts *conflicts)
{
	const char *overlay = conflicts->settings->node.overlay_interface;
	struct relay_finding finding;

	if (access("/proc/sys/net/ipv6", F_OK) != 0) {
		relay_conflict_set(&finding, FINDING_IPV6_OFF, "this kernel runs without IPv6");
		relay_conflict_advise(&finding,
				      "remove ipv6.disable=1 from the kernel's command line (/etc/default/grub, update-grub), and "
				      "reboot");
	} else if (sysctl_is_on(overlay, "disable_ipv6")) {
		relay_conflict_set(&finding, FINDING_IPV6_OFF,
				   "IPv6 is turned off on %s, through which clients send IPv6", overlay);
		relay_conflict_advise(
			&finding,
			"sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 "
			"net.ipv6.conf.%s.disable_ipv6=0, the same in /etc/sysctl.d, then systemctl restart tailscaled",
			overlay);
	} else {
		return;
	}
	relay_conflict_add(conflicts, &finding);
}
