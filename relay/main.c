/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64-relay: everything a person types. A table of subcommands and a dispatch; each subcommand is a file of its own. */
#include "config.h"

#include "conf/value.h"
#include "conf/file.h"
#include "relay/command.h"
#include "relay/cli/options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct relay_command commands[] = {
	{"init", "--split-domain DOMAIN [OPTIONS]", "write relay.conf with values from tailscaled", relay_init},
	{"up", "[OPTIONS]", "put rules, device, routes and the advertised prefix in place", relay_up},
	{"reload", "[OPTIONS]", "apply the settings file to a relay that is up", relay_reload},
	{"diff", "[OPTIONS]", "show what reload would change, and whether it can", relay_diff},
	{"down", "[OPTIONS]", "remove everything that up put in place", relay_down},
	{"run", "[OPTIONS]", "run translator and resolver in the foreground between up and down", relay_run},
	{"watch", "[OPTIONS]", "put the relay in place, keep it, remove it at the end; the daemons are services",
	 relay_watch},
	{"status", "[OPTIONS]", "show whether the relay works, and its traffic", relay_status},
	{"metrics", "[OPTIONS]", "the numbers of status for Prometheus", relay_metrics},
	{"clients", "[OPTIONS]", "the clients that hold a pool address", relay_clients},
	{"maps", "[OPTIONS]", "the translator's maps, prefixes and pool", relay_maps},
	{"counters", "[OPTIONS]", "the translator's counters, and the last packet of each kind of drop", relay_counters},
	{"flush", "[OPTIONS] [ADDRESS...]", "take pool addresses away from clients", relay_flush},
	{"check", "[OPTIONS] [NAME]", "find out whether NAME works through the relay, and if not, why", relay_check},
	{"trace", "[OPTIONS] NAME", "follow a name and a packet hop by hop, until the first that fails", relay_trace},
	{"detect", "[OPTIONS]", "find out whether the network here has DNS64 and NAT64, and by which prefix", relay_detect},
	{"compare", "[OPTIONS] NAME...", "probe names side by side: loss, round trips, path MTU", relay_compare},
	{"client-rules", "[OPTIONS] mihomo|sing-box", "print what a client with this program adds to its configuration",
	 relay_client_rules},
	{"clat", "[OPTIONS] up|down|status", "IPv4 for the programs of an IPv6-only host", relay_clat},
	{"tailnet", "[OPTIONS] plan|apply|forget",
	 "approve the routes and enter split DNS through the control plane's API", relay_tailnet},
	{"unbound-lines", "[OPTIONS]", "print the lines for your own unbound.conf", relay_unbound_lines},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void usage_print(FILE *stream)
{
	fputs("usage: nat64-relay [-c FILE] COMMAND [OPTIONS]\n\n", stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-13s %s\n", commands[i].name, commands[i].help);
	fputs("\n  -c, --config FILE    settings [" RELAY_CONF_PATH "]\n"
	      "  -V, --version        print the version\n"
	      "  -h, --help           print this; nat64-relay COMMAND --help says more\n"
	      "\nThe manual: nat64-relay(8), relay.conf(5).\n",
	      stream);
}

static const struct relay_command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void unknown_print(const char *name)
{
	struct conf_nearest search = {.word = name};

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		conf_nearest_offer(&search, commands[i].name);
	fprintf(stderr, "nat64-relay: there is no command \"%s\"%s%s%s; see nat64-relay --help\n", name,
		search.nearest ? ": did you mean " : "", search.nearest ? search.nearest : "", search.nearest ? "?" : "");
}

/* -h before the subcommand prints this usage, not the option table. */
static bool help_is_asked(int argc, char **argv)
{
	return argc > 1 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0);
}

static int words_run(int argc, char **argv, const struct relay_command **command)
{
	static const struct relay_command self = {"", "", "", NULL};
	const char *config = RELAY_CONF_PATH;
	bool version = false;
	const struct conf_option options[] = {
		{'c', "config", "FILE", "settings", .text = &config},
		{'V', "version", NULL, "print the version", .flag = &version},
	};
	int first;

	if (help_is_asked(argc, argv)) {
		usage_print(stdout);
		return RELAY_EXIT_OK;
	}
	first = relay_options_parse(&self, argc, argv, options, 2, -1);
	if (first < 0)
		return relay_options_exit(first);
	if (version) {
		puts("nat64-relay " PACKAGE_VERSION);
		return RELAY_EXIT_OK;
	}
	if (first == argc) {
		usage_print(stderr);
		return RELAY_EXIT_REFUSED;
	}
	*command = command_find(argv[first]);
	if (!*command) {
		unknown_print(argv[first]);
		return RELAY_EXIT_REFUSED;
	}
	return (*command)->run(*command, config, argc - first, argv + first);
}

/* The output of these is a log: the relay goes on without. */
static bool command_stays(const struct relay_command *command)
{
	return command && (command->run == relay_run || command->run == relay_watch);
}

/* Half an output, as on a full disk, is no success. */
static int output_end(int exit_code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return exit_code;
	fputs("nat64-relay: the output is not complete, because it cannot be written: is the disk full?\n", stderr);
	return exit_code == RELAY_EXIT_OK ? RELAY_EXIT_FAILED : exit_code;
}

int main(int argc, char **argv)
{
	const struct relay_command *command = NULL;
	int exit_code;

	if (!conf_standard_open())
		return RELAY_EXIT_REFUSED;
	umask(S_IWGRP | S_IWOTH); /* a narrower one, as a hardened host has, would close our folders to the daemons */
	exit_code = words_run(argc, argv, &command);
	return command_stays(command) ? exit_code : output_end(exit_code);
}
