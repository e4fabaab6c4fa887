/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container sees /proc/sys read-only. Its engine sets sysctls before anything runs in it, by the option --sysctl (podman-run(1), and the
 * same in Docker), for the container that owns the network namespace: others may share it (--network container:NAME). A value that is right
 * by then need not be written, so all wrong values are found at the start, and printed as the options that set them.
 *
 * Interfaces come later than the engine: our device, and the overlay's. What they shall have is set for "default", from which a new one
 * begins; forwarding for the whole of a family, which sets "default" too (the kernel's ip-sysctl.rst).
 */
#include "kernel/readonly_sysctl.h"

#include "conf/report.h"
#include "kernel/items.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_TEXT = 1024 };

/* The sysctl that a new interface begins from: "net/ipv6/conf/nat64/LEAF" has "net/ipv6/conf/default/LEAF". Others stay what they are. */
static void default_name(const char *name, char text[KERNEL_SYSCTL_NAME])
{
	const char *conf = strstr(name, "/conf/");

	if (conf)
		snprintf(text, KERNEL_SYSCTL_NAME, "%.*s/conf/default%s", (int)(conf - name), name, strrchr(name, '/'));
	else
		snprintf(text, KERNEL_SYSCTL_NAME, "%s", name);
}

/* The sysctl that an engine can set in the place of this one. */
static void option_name(const char *name, char text[KERNEL_SYSCTL_NAME])
{
	const char *leaf = strrchr(name, '/');

	if (strcmp(leaf, "/forwarding") != 0)
		default_name(name, text);
	else
		snprintf(text, KERNEL_SYSCTL_NAME, "%s",
			 strstr(name, "/ipv6/") ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward");
}

/* Is it, or will it be once its interface is there? */
static bool is_right(const struct kernel_sysctls *sysctls, const struct kernel_item *item)
{
	char value[KERNEL_SYSCTL_VALUE], name[KERNEL_SYSCTL_NAME];

	if (item->kind != KERNEL_SYSCTL || item->sysctl.silent)
		return true;
	if (kernel_sysctl_read(sysctls, item->sysctl.name, value) == 0)
		return strcmp(value, item->sysctl.value) == 0;
	default_name(item->sysctl.name, name);
	return kernel_sysctl_is(sysctls, name, item->sysctl.value);
}

/* Several interfaces may need the same one. */
static void option_add(char options[OPTIONS_TEXT], const char *name, const char *value)
{
	char option[KERNEL_SYSCTL_NAME + 32], text[KERNEL_SYSCTL_NAME];
	size_t length = strlen(options);

	snprintf(option, sizeof(option), " --sysctl %s=%s", kernel_sysctl_print(name, text), value);
	if (!strstr(options, option))
		snprintf(options + length, OPTIONS_TEXT - length, "%s", option);
}

int kernel_readonly_sysctl_check(const struct conf_settings *settings, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", NULL};
	char options[OPTIONS_TEXT] = "", name[KERNEL_SYSCTL_NAME];
	struct kernel_items items;
	int result = kernel_items_build(&items, settings, &sysctls, report);

	for (size_t i = 0; result == 0 && i < items.count; i++) {
		if (is_right(&sysctls, &items.items[i]))
			continue;
		option_name(items.items[i].sysctl.name, name);
		if (kernel_sysctl_is_readonly(&sysctls, name))
			option_add(options, name, items.items[i].sysctl.value);
	}
	kernel_items_clear(&items);
	if (result < 0 || !*options)
		return result;
	conf_report_add(
		report,
		"/proc/sys is read-only, as in a container: start the container that owns this network namespace with%s",
		options);
	return -1;
}
