/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat64d's command line. */
#include "nat64/tayga/options.h"

#include "conf/directive.h"
#include "conf/options.h"
#include "conf/report.h"

#include <string.h>

/* The last that says where to log counts. */
static void sink_set(void *options, int sink)
{
	((struct options *)options)->sink = (enum log_sink)sink;
}

static void detach_set(void *options, int detach)
{
	((struct options *)options)->detach = detach;
}

static void debug_set(void *options, int debug)
{
	((struct options *)options)->debug = debug;
	sink_set(options, LOG_SINK_STDOUT);
	detach_set(options, false);
}

/* An action excludes every other. */
static void action_set(void *options, int action)
{
	enum options_action *chosen = &((struct options *)options)->action;

	*chosen = *chosen == OPTIONS_RUN || *chosen == (enum options_action)action ? (enum options_action)action :
										     OPTIONS_SEVERAL;
}

/* What TAYGA does when it is told nothing; everybody else is told, or started by systemd. */
static struct options options_default(const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
	bool as_tayga = strcmp(name, "tayga") == 0;

	return (struct options){.as_tayga = as_tayga,
				.detach = as_tayga,
				.config = as_tayga ? "/etc/tayga.conf" : RELAY_CONF_PATH,
				.sink = as_tayga ? LOG_SINK_SYSLOG : LOG_SINK_STDERR};
}

/* What cannot be together. */
static void options_check(const struct options *options, struct conf_report *report)
{
	bool device = options->action == OPTIONS_DEVICE_MAKE || options->action == OPTIONS_DEVICE_REMOVE;

	if (options->action == OPTIONS_SEVERAL)
		conf_report_add(report, "--version, --mktun and --rmtun exclude each other");
	if (device && options->as_tayga && (options->user || options->group))
		conf_report_add(report, "--mktun and --rmtun take neither --user nor --group");
	if (device && options->change_root)
		conf_report_add(report, "--mktun and --rmtun take no --chroot");
	if (options->change_root && (!options->user || strcmp(options->user, "root") == 0))
		conf_report_add(report, "--chroot needs --user with a user other than root, because root could leave "
					"it");
}

static void help_print(const struct conf_options *table)
{
	puts("usage: nat64d [options]\n\nTranslates between IPv6 and IPv4 on a TUN device (RFC 7915).\n\noptions:");
	conf_options_print(table, stdout);
	puts("\n"
	     "exit status: 0 ended by a signal, 1 a failure of the system, 2 wrong settings or options (1 when called "
	     "as tayga).\n\n"
	     "directives of the settings file:");
	conf_directives_print(stdout);
}

int nat64d_options_parse(struct options *options, int count, char **words, struct conf_report *report)
{
	const struct conf_option items[] = {
		{'c', "config", "FILE", "the settings [" RELAY_CONF_PATH "]", .text = &options->config},
		{'d', "debug", NULL, "log more, to the standard output", .set = debug_set, options, true},
		{'n', "nodetach", NULL, "stay in the foreground, as without the name tayga", .set = detach_set, options,
		 false},
		{'D', "detach", NULL, "go to the background once it translates", .set = detach_set, options, true},
		{'u', "user", "NAME", "run as this user, instead of that of the settings", .text = &options->user},
		{'g', "group", "NAME", "run as this group instead of the user's own", .text = &options->group},
		{'r', "chroot", NULL, "make data-dir the root directory", .flag = &options->change_root},
		{'p', "pidfile", "FILE", "write the process id to this file", .text = &options->pidfile},
		{0, "syslog", NULL, "log to syslog", .set = sink_set, options, LOG_SINK_SYSLOG},
		{0, "stdout", NULL, "log to the standard output", .set = sink_set, options, LOG_SINK_STDOUT},
		{0, "journal", NULL, "log to the journal", .set = sink_set, options, LOG_SINK_JOURNAL},
		{0, "mktun", NULL, "create the device, and exit", .set = action_set, options, OPTIONS_DEVICE_MAKE},
		{0, "rmtun", NULL, "remove the device, and exit", .set = action_set, options, OPTIONS_DEVICE_REMOVE},
		{'O', "no-offloads", NULL, "run as on a kernel whose TUN has no offloads", .flag = &options->no_offloads},
		{'V', "version", NULL, "print the version and exit", .set = action_set, options, OPTIONS_VERSION},
	};
	struct conf_options table = {.items = items, .count = sizeof(items) / sizeof(items[0]), .help = "--help"};
	size_t before = report->count;
	int parsed;

	*options = options_default(count > 0 ? words[0] : "");
	table.operands_max = options->as_tayga ? -1 : 0; /* TAYGA does not look at them */
	parsed = conf_options_parse(&table, count, words, report);
	if (parsed == CONF_OPTIONS_HELP) {
		help_print(&table);
		options->action = OPTIONS_HELP;
		return 0;
	}
	if (parsed >= 0)
		options_check(options, report);
	return report->count == before ? 0 : -1;
}
