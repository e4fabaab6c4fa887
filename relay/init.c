/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat64-relay init: write relay.conf from what tailscaled tells, and never over a file that is there, unless forced; then
 * the old one is kept beside it.
 */
#include "relay/command.h"
#include "relay/common.h"
#include "relay/setup/discover.h"

#include "conf/file.h"
#include "conf/reader.h"
#include "conf/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1 the file is there and may be replaced, 0 it is not there, -1 with a message. */
static int target_check(const char *path, bool force, struct conf_report *report)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (force)
		return 1;
	return conf_report_add(report,
			       "%s exists already, and is not changed: edit it, or replace it with --force (the old one becomes "
			       "%s.old)",
			       path, path);
}

/* The old settings may not be replaced while they are what is up: down needs them. */
static int old_is_down(const char *path, struct conf_report *report)
{
	struct conf_settings *old = conf_settings_read(path, CONF_REPORT_DISCARD);
	char unbound_conf[600];
	int result = 0;

	if (old) {
		snprintf(unbound_conf, sizeof(unbound_conf), "%s/unbound.conf", old->node.runtime_dir);
		if (access(unbound_conf, F_OK) == 0)
			result = conf_report_add(
				report,
				"the relay is up with the settings of %s, which down needs: run nat64-relay down first",
				path);
	}
	conf_settings_free(old);
	return result;
}

static void next_print(const char *path)
{
	bool usual = strcmp(path, RELAY_CONF_PATH) == 0;

	printf("\n"
	       "Next: read the file, then %s%s%s\n",
	       access("/run/systemd/system", F_OK) == 0 && usual ? "systemctl enable --now nat64-relay" : "nat64-relay run",
	       usual ? "" : " -c ", usual ? "" : path);
}

static int write_file(const char *path, const struct relay_choice *choice, bool keep_old, struct conf_report *report)
{
	char *backup = NULL, *text;
	size_t length;
	int result = -1;

	text = relay_template_print(path, choice, &length, report);
	if (!text || (keep_old && asprintf(&backup, "%s.old", path) < 0))
		goto out;
	if (conf_file_parents_make(path, report) != 0 || conf_file_put(path, text, length, 0644, backup, report) != 0)
		goto out;
	printf("\nWrote %s", path);
	if (backup)
		printf(", and kept the old one as %s", backup);
	puts(".");
	result = 0;
out:
	free(text);
	free(backup);
	return result;
}

static int init(const char *path, const struct relay_init_options *options, struct conf_report *report)
{
	struct relay_discovery found = {0};
	int there = target_check(path, options->force, report);
	int exit_code = RELAY_EXIT_REFUSED;

	if (options->split_domains.count == 0)
		conf_report_add(report, "which names go through the relay? --split-domain 9929 stands for my-vps.9929 and all other "
					"hosts");
	if (there < 0 || options->split_domains.count == 0 || (there == 1 && old_is_down(path, report) != 0))
		return exit_code;
	if (relay_discover(options, &found, report) == 0 && write_file(path, &found.choice, there == 1, report) == 0) {
		next_print(path);
		exit_code = RELAY_EXIT_OK;
	}
	relay_discovery_clear(&found);
	return exit_code;
}

int relay_init(const struct relay_command *command, const char *config, int argc, char **argv)
{
	struct relay_init_options given = {0};
	const struct conf_option options[] = {
		RELAY_OPTION_CONFIG(&config),
		{0, "split-domain", "DOMAIN", "names below it go through the relay (repeatable)",
		 .words = &given.split_domains},
		{0, "real-suffix", "SUFFIX", "the real names' suffix [the tailnet's MagicDNS suffix]",
		 .text = &given.real_suffix},
		{0, "site", "NAME", "a site behind this node: names below NAME are its hosts (see --reach)",
		 .text = &given.site},
		{0, "reach", "PREFIX",
		 "a network of the site that clients may reach, for example 10.0.0.0/24 "
		 "(repeatable)",
		 .words = &given.reach},
		{0, "lan-interface", "NAME", "the interface of the site [the one with an address in --reach]",
		 .text = &given.lan_interface},
		{0, "prefix", "PREFIX", "the NAT64 prefix [a random unique local /96]", .text = &given.prefix},
		{0, "twin-prefix", "PREFIX",
		 "IPv4 addresses for clients without IPv6, 10.192.0.0/10 for example [none]", .text = &given.twin},
		{0, "twin6-prefix", "PREFIX",
		 "IPv6 addresses for targets without IPv4 [a random /48 where the tailnet has no IPv4]",
		 .text = &given.twin6},
		{0, "pool", "PREFIX", "IPv4 addresses for clients [a free private /20]", .text = &given.pool},
		{0, "edge-address", "ADDRESS", "this node's address in the overlay (repeatable) [from tailscaled]",
		 .words = &given.edge_addresses},
		{0, "overlay-interface", "NAME", "[the one that has the edge address]", .text = &given.overlay_interface},
		{0, "upstream-dns", "ADDRESS", "the server that knows the real names (repeatable) [100.100.100.100]",
		 .words = &given.upstreams},
		{0, "socket", "PATH", "tailscaled's socket", .text = &given.socket},
		{0, "no-tailscale", NULL, "another overlay: neither ask tailscaled nor advertise",
		 .flag = &given.no_tailscale},
		{0, "force", NULL, "replace an existing file, and keep a backup", .flag = &given.force},
	};
	struct relay_session session = {0};
	int parsed = relay_options_parse(command, argc, argv, options, sizeof(options) / sizeof(options[0]), 0);

	if (parsed < 0)
		return relay_options_exit(parsed);
	if (given.site && given.split_domains.count > 0) {
		conf_report_add(&session.report,
				"--site %s and --split-domain %s: the name of a site is its split domain, so leave one out",
				given.site, given.split_domains.items[0]);
		return relay_session_close(&session, RELAY_EXIT_REFUSED);
	}
	if (given.site)
		given.split_domains = (struct conf_words){.items = {given.site}, .count = 1};
	return relay_session_close(&session, init(config, &given, &session.report));
}
