/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing ip_forward sets the forwarding of every interface, and all/accept_redirects to its opposite; writing IPv6's
 * all/forwarding sets that of every interface (the kernel's ip-sysctl.rst). Putting the old value back writes them once more,
 * so what was unlike the old default must be put back after it: it is remembered behind it.
 */
#include "kernel/forwarding.h"

#include "kernel/sysctl.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define REDIRECTS "net/ipv4/conf/all/accept_redirects"

/* Interfaces of the family that forward already, though the whole does not. */
static int interfaces_remember(const struct kernel_sysctls *sysctls, const char *family, const char *device,
			       struct conf_report *report)
{
	char path[4096], name[KERNEL_SYSCTL_NAME];
	const struct dirent *entry;
	DIR *directory;
	int result = 0;

	snprintf(path, sizeof(path), "%s/net/%s/conf", sysctls->root, family);
	directory = opendir(path);
	while (directory && result == 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "all") || !strcmp(entry->d_name, device))
			continue;
		snprintf(name, sizeof(name), "net/%s/conf/%.32s/forwarding", family, entry->d_name);
		if (kernel_sysctl_is(sysctls, name, "1"))
			result = kernel_sysctl_remember(sysctls, name, report);
	}
	if (directory)
		closedir(directory);
	return result;
}

int kernel_forwarding_set(const struct kernel_sysctls *sysctls, const char *name, const char *device,
			  struct conf_report *report)
{
	const char *family = strstr(name, "ipv6") ? "ipv6" : "ipv4";

	if (kernel_sysctl_claim(sysctls, name, "1", report) < 0 || interfaces_remember(sysctls, family, device, report) < 0)
		return -1;
	if (!strcmp(family, "ipv4") && kernel_sysctl_is(sysctls, REDIRECTS, "0") &&
	    kernel_sysctl_remember(sysctls, REDIRECTS, report) < 0)
		return -1;
	return kernel_sysctl_write(sysctls, name, "1", report);
}
