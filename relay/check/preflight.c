/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that up and run stand on, looked at before anything is changed: a table of checks, every one of which is done, so
 * that a user sees all that is wrong at once. Left out is only what a missing overlay explains already. Who is not root
 * is told that alone: most of the checks would say nothing but that.
 *
 * Sysctls: a container sees /proc/sys read-only. Its engine sets sysctls before anything runs in it, by the option --sysctl (podman-run(1), and the
 * same in Docker), for the container that owns the network namespace: others may share it (--network container:NAME). A value that is right
 * by then need not be written, so all wrong values are found at the start, and printed as the options that set them.
 *
 * Interfaces come later than the engine: our device, and the overlay's. What they shall have is set for "default", from which a new one
 * begins; forwarding for the whole of a family, which sets "default" too (the kernel's ip-sysctl.rst).
 */
#include "relay/check/preflight.h"

#include "conf/named.h"
#include "conf/report.h"
#include "conf/settings.h"
#include "kernel/items.h"
#include "kernel/tun.h"
#include "relay/apply/bring_up.h"
#include "relay/host/runtime.h"
#include "relay/ask/tailnet.h"
#include "unbound/dry_run.h"
#include "unbound/own_lines.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* It is read again for the copy that the daemons read. */
static void check_file(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	conf_named_is_pipe(settings->file, report);
}

static void check_owner(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	relay_bring_up_is_ours(settings, report);
}

static void check_tun(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)settings;
	(void)purpose;
	kernel_tun_available(report);
}

static void check_user(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	if (!getpwnam(settings->node.user))
		conf_report_add(report,
				"there is no user %s for the daemons: useradd --system --no-create-home "
				"--shell /usr/sbin/nologin %s, or name another with user in %s",
				settings->node.user, settings->node.user, settings->file);
}

static void check_lock(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	pid_t holder = purpose == RELAY_FOR_RELOAD ? 0 : relay_runtime_holder(settings); /* reload has locks of its own */

	if (holder != 0)
		conf_report_add(report,
				"another nat64-relay (pid %d) runs with %s: nat64-relay status shows it; kill %d ends "
				"it",
				(int)holder, settings->node.runtime_dir, (int)holder);
}

static bool program_is_there(const char *directive, const char *program, struct conf_report *report)
{
	if (access(program, X_OK) == 0)
		return true;
	conf_report_add(report, "%s %s: %s; is everything installed?", directive, program, strerror(errno));
	return false;
}

static void check_translator(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	if (purpose == RELAY_FOR_RUN)
		program_is_there("translator-program", settings->node.translator_program, report);
}

/* The program, the module for it (an Unbound that loads no module can be any), and what Unbound will read. */
static void check_resolver(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	if (settings->dns.edge_address_count == 0 || unboundconf_own_files_check(settings, report) != 0 ||
	    !program_is_there("unbound-program", settings->node.unbound_program, report))
		return;
	if (conf_settings_loads_module(settings) &&
	    unboundconf_module_check(settings->node.unbound_program, settings->node.unbound_module, report) != 0)
		return;
	if (getpwnam(settings->node.user)) /* else that is what Unbound's checker would say */
		unboundconf_dry_run(settings, report);
}

/* Unbound would start without the file, and then no upstream over TLS would ever be believed. */
static void check_upstreams(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	const char *bundle = settings->dns.resolver.tls_cert_bundle;
	bool tls = false;

	(void)purpose;
	for (size_t i = 0; i < settings->dns.upstream_count; i++)
		tls |= settings->dns.upstreams[i].tls;
	if (tls && access(bundle, R_OK) != 0)
		conf_report_add(report, "tls-cert-bundle %s: %s; install ca-certificates, or name another file", bundle,
				strerror(errno));
}

static void check_tailscale(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	if (!settings->node.advertise_none)
		relay_tailnet_check(settings, purpose != RELAY_FOR_WATCH, report);
}

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

/*
 * Nothing when every sysctl is right, or can be set. One is wrong and /proc/sys is read-only: one line with the options that the container's engine needs
 * for all of them.
 */
static void check_sysctls(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	const struct kernel_sysctls sysctls = {"/proc/sys", NULL};
	char options[OPTIONS_TEXT] = "", name[KERNEL_SYSCTL_NAME];
	struct kernel_items items;
	int result = kernel_items_build(&items, settings, &sysctls, report);

	(void)purpose;
	for (size_t i = 0; result == 0 && i < items.count; i++) {
		if (is_right(&sysctls, &items.items[i]))
			continue;
		option_name(items.items[i].sysctl.name, name);
		if (kernel_sysctl_is_readonly(&sysctls, name))
			option_add(options, name, items.items[i].sysctl.value);
	}
	kernel_items_clear(&items);
	if (result == 0 && *options)
		conf_report_add(
			report,
			"/proc/sys is read-only, as in a container: start the container that owns this network namespace with%s",
			options);
}

static void check_nftables(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	(void)purpose;
	relay_dry_run_nftables(settings, report);
}

static const struct {
	relay_preflight_check *check;
	bool needs_overlay; /* tells nothing new while tailscaled is not up: interface and addresses come with it */
} checks[] = {
	{.check = check_file},
	{.check = check_lock},
	{.check = check_owner},
	{.check = check_tun},
	{.check = check_user},
	{.check = check_translator},
	{.check = check_resolver},
	{.check = check_upstreams},
	{.check = check_tailscale}, /* waits for a tailscaled that is starting, as at boot: what depends on it comes after */
	{.check = relay_preflight_edge, .needs_overlay = true},
	{.check = relay_preflight_pool},
	{.check = relay_preflight_prefixes},
	{.check = relay_preflight_maps},
	{.check = relay_preflight_twin},
	{.check = relay_preflight_device},
	{.check = relay_preflight_port},
	{.check = check_sysctls},
	{.check = check_nftables},
};

static const char *const purpose_names[] = {
	[RELAY_FOR_UP] = "up",
	[RELAY_FOR_RELOAD] = "reload",
	[RELAY_FOR_RUN] = "run",
	[RELAY_FOR_WATCH] = "watch",
};

int relay_preflight(const struct conf_settings *settings, enum relay_purpose purpose, struct conf_report *report)
{
	size_t before = report->count;
	bool overlay_is_up = true;

	if (geteuid() != 0)
		return conf_report_add(report, "this needs root: sudo nat64-relay %s", purpose_names[purpose]);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		size_t so_far = report->count;

		if (checks[i].needs_overlay && !overlay_is_up)
			continue;
		checks[i].check(settings, purpose, report);
		if (checks[i].check == check_tailscale)
			overlay_is_up = report->count == so_far;
	}
	return report->count == before ? 0 : -1;
}
