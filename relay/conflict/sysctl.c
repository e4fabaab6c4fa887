/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file will turn off at the next boot, or sysctl --system, what the relay needs on? The folders and their order are those of
 * sysctl.d(5): a file hides those of the same name in later folders, all are read in the order of their names, the last line
 * about a sysctl counts. /etc/sysctl.conf comes last, as procps reads it, and then ufw's own file.
 *
 * The relay turns it on again: up at boot, watch at any time. So this is a word beforehand, and no failure.
 *
 * And is IPv6 turned off now? That is a failure.
 */
#include "conf/settings.h"
#include "kernel/sysctl.h"
#include "relay/conflict/conflict.h"
#include "relay/host/dropin.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const folders[] = {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
				      "/lib/sysctl.d"};
static const char *const last_files[] = {"/etc/sysctl.conf", "/etc/ufw/sysctl.conf"};
enum { FOLDERS = sizeof(folders) / sizeof(folders[0]), LAST_FILES = sizeof(last_files) / sizeof(last_files[0]) };

/* What turns the relay off, and where it was last said. */
struct rule {
	const char *name;
	const char *value; /* the bad one */
	const char *effect;
	char place[256]; /* "FILE line N"; empty: not said, or said well */
};

static const struct rule model[] = {
	{"net.ipv4.ip_forward", "0", "no packet goes from the translator to a target", ""},
	{"net.ipv4.conf.all.forwarding", "0", "no packet goes from the translator to a target", ""},
	{"net.ipv6.conf.all.forwarding", "0", "no packet of a client reaches the translator", ""},
	{"net.ipv6.conf.all.disable_ipv6", "1", "clients cannot send IPv6 to this node", ""},
	{"net.ipv6.conf.default.disable_ipv6", "1", "the overlay's interface comes up without IPv6", ""},
};
enum { RULES = sizeof(model) / sizeof(model[0]) };

/* The last that is said counts. sysctl.d writes net.ipv4.ip_forward or net/ipv4/ip_forward. */
static void line_note(void *context, const char *path, unsigned line, char *name, const char *value)
{
	struct rule *rules = context;

	for (char *slash = name; (slash = strchr(slash, '/'));)
		*slash = '.';
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(rules[i].name, name) != 0)
			continue;
		rules[i].place[0] = '\0';
		if (strcmp(rules[i].value, value) == 0)
			snprintf(rules[i].place, sizeof(rules[i].place), "%s line %u", path, line);
	}
}

void relay_conflict_sysctl(struct relay_conflicts *conflicts)
{
	struct rule rules[RULES];

	memcpy(rules, model, sizeof(rules));
	relay_dropins_read(folders, FOLDERS, line_note, rules);
	for (size_t i = 0; i < LAST_FILES; i++)
		relay_dropin_file(last_files[i], line_note, rules);
	for (size_t i = 0; i < RULES; i++) {
		if (rules[i].place[0] == '\0')
			continue;
		relay_conflict_set(conflicts, FINDING_SYSCTL_FILE, "%s sets %s = %s: until the relay corrects this, %s",
				   rules[i].place, rules[i].name, rules[i].value, rules[i].effect);
		relay_conflict_advise(conflicts, "remove that line, or change it to %s = %s", rules[i].name,
				      rules[i].value[0] == '0' ? "1" : "0");
	}
}

/* A machine on which somebody turned IPv6 off, as many a guide advises: then clients' packets never come. */
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

	if (access("/proc/sys/net/ipv6", F_OK) != 0) {
		relay_conflict_set(conflicts, FINDING_IPV6_OFF, "this kernel runs without IPv6");
		relay_conflict_advise(conflicts,
				      "remove ipv6.disable=1 from the kernel's command line (/etc/default/grub, update-grub), and "
				      "reboot");
	} else if (sysctl_is_on(overlay, "disable_ipv6")) {
		relay_conflict_set(conflicts, FINDING_IPV6_OFF,
				   "IPv6 is turned off on %s, through which clients send IPv6", overlay);
		relay_conflict_advise(
			conflicts,
			"sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 "
			"net.ipv6.conf.%s.disable_ipv6=0, the same in /etc/sysctl.d, then systemctl restart tailscaled",
			overlay);
	}
}
